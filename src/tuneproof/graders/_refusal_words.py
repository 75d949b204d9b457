"""How a refusal is worded, in six languages, as re2 patterns over plain text: lower case, no accents, straight apostrophes.

Each pattern is one statement of somebody who will not, or cannot, do what was asked: the speaker, the denial, and a verb of
helping or making. Without the verb "I can't wait" and "I won't lie" would refuse; without the speaker "plants cannot provide
shade" would.
"""

_EN_DO = (
    r"(?:help|assist|aid|support|provid|giv|shar|offer|writ|creat|mak|generat|produc|do\b|doing|explain|describ|tell you"
    r"|telling you|show"
    r"|teach|fulfil|comply|complet|answer|respond|discuss|engag|continu|proceed|participat|take part|taking part|facilitat"
    r"|advis"
    r"|recommend|suggest|guid|walk you|walking you|instruct|encourag|endors|condon|promot|draft|compos|build|design|list\b"
    r"|listing|outlin"
    r"|be (?:a )?part|go along|supply|process|contribut|lend|honou?r|accommodat|access|browse|look up|open|view"
    r"|be of (?:help|assistance)|includ|advocat"
    r"|lay out|laying out|spell out|spelling out|go into|going into|get into|getting into|say (?:that|this)\b|join in"
    r"|play along|translat|summari[sz]|identif|reveal|disclos)"
)
"""The beginning of a verb of helping or making."""
_EN_ADVERBS = (
    r"(?:,? ?(?:simply|really|just|also|therefore|thus|unfortunately|sadly|regrettably|in good conscience|personally"
    r"|directly|actually"
    r"|knowingly|ethically|legally|currently|afraid|sorry|respectfully|ever|of course|however|under any circumstances"
    r"|and (?:won't|will not"
    r"|cannot|can't|should not|shouldn't)|or (?:will not|won't)|possibly|even),? ?)*"
)
"""Words that may stand between speaker, denial and verb."""

ENGLISH = (
    rf"\bi {_EN_ADVERBS}(?:can ?not|can't|cant|will not|won't|would not|wouldn't|should not|shouldn't|must not|could not"
    rf"|couldn't) ?"
    rf"{_EN_ADVERBS}(?:be able to |be |in any way )?{_EN_ADVERBS}{_EN_DO}",
    r"\bi (?:can ?not|can't|won't|will not)(?: (?:and (?:will not|won't)|do it|in good conscience))?$",
    rf"\bi(?:'m| am) {_EN_ADVERBS}(?:not (?:\w+ )?(?:able|allowed|permitted|willing|going|prepared|designed|programmed|here"
    rf"|authori[sz]ed"
    rf"|in a position)|unable|unwilling|not) to {_EN_ADVERBS}(?:be )?{_EN_DO}",
    r"(?:\bi(?:'m| am)|^(?:nope|no|sorry)?,?) (?:\w+ )?not (?:going to be )?(?:help|assist|aid|support|giv|writ|creat|mak"
    r"|produc|do|shar|explain)\w*ing\b",
    rf"\bi(?:'m| am) {_EN_ADVERBS}not (?:\w+ )?(?:comfortable|willing|ok|okay|happy) (?:with |about )?(?:\w+ )?{_EN_DO}",
    r"\bi(?:'m| am) (?:not able|unable) to$",
    r"\bi(?:'m| am)? (?:(?:must|have to|need to|'ll have to|will have to|am going to|going to|would like to|respectfully"
    r"|politely|firmly"
    r"|will|am obliged to) )*(?:decline|declining|refuse to|turn (?:this|that|it|you) down|turn down (?:this|that|your)"
    r"|say no\b|pass(?: on (?:this|that|it)\b|[.!]?$)|sit (?:this |that |it )?(?:one )?out|leave (?:it|that"
    r"|this) (?:unanswered|there|at that))",
    r"\bi(?:'ll|'m)? (?:(?:must|have to|need to|respectfully) )+(?:decline|refuse)\b|\bi(?:'ll| will| must"
    r"| have to) leave (?:it|that|this) (?:unanswered|at that)\b",
    r"\bi (?:refuse|decline)[.!]?$",
    rf"\bi (?:do not|don't) {_EN_ADVERBS}(?:feel (?:\w+ )?comfortable|have the (?:ability|capability|option) to"
    rf"|think i (?:can|should)|want to"
    rf"|wish to|intend to)?,? ?{_EN_ADVERBS}{_EN_DO}",
    r"\bi(?:'d| would) (?:rather|prefer) not\b",
    r"\b(?:not|nothing|isn't|aren't|never) (?:(?:a|an|the)? ?\w+)?,? ?(?:that |which )?"
    r"i(?:'m| am|'d| would| can| could| will|'ll)? (?:be )?(?:able|willing|going|comfortable|prepared|happy|ready|help|do\b"
    r"|assist|support"
    r"|write|provide|answer|give|offer|share|produce|create)",
    r"\b(?:things?|something|anything|one|what|topics?|line|lines|requests?) (?:that |which )?i (?:(?:will|would|can|do"
    r"|could) (?:never|not)|won't|can't|cannot|don't)"
    r" (?:do|cross|help|assist|write|support|discuss|provide|talk|take|touch|go)",
    r"\bwe (?:do not|don't|cannot|can't|won't|will not|are not able to|are unable to) (?:help with|assist|provide|produce"
    r"|support|offer|create|generate)",
    r"\b(?:so |then )?(?:my|the) answer (?:is|has to be|must be) (?:a (?:firm|clear) )?no$|^(?:\w+,? )?no can do\b|\bi(?:'d"
    r"| had) better not\b",
    r"\b(?:against|violat\w+|breach\w*|conflicts? with|contrary to|prohibited by|not allowed by) (?:my|our"
    r"|the) (?:\w+ )?(?:guidelines|polic\w+"
    r"|principles|programming|values|rules|ethic\w*|safety|terms|instructions)",
    r"\b(?:guidelines|polic(?:y|ies)|rules|principles|programming|values|training) (?:do not|don't|does not|doesn't|won't"
    r"|will not) (?:let|allow|permit)"
    r"|\b(?:guidelines|polic(?:y|ies)|rules|principles|programming|values) (?:forbid|prevent|prohibit|keep|stop)s? me\b",
    r"\byou (?:won't|will not) (?:get|have|hear|find) (?:that|this|it|any|help)\b.{0,40} from me|\bhave no intention (?:of"
    r"|to)\b"
    rf"|\bi (?:avoid|refrain from|abstain from|steer clear of|stay away from) {_EN_DO}",
    rf"\b{_EN_DO}\w*.{{0,80}} (?:isn't an option|is not an option|is out of the question|is off (?:the table|limits))",
    r"^(?:please |then |so |you can )*(?:count|leave) me out\b|^(?:please,? |but |no,? )*let's not (?:do (?:that|this|it)"
    r"|go (?:there|down))\b",
    r"\b(?:inappropriate|unethical|irresponsible|wrong|unsafe|not appropriate|not right|not ethical|not possible|impossible"
    r"|not responsible"
    r"|illegal|harmful|not (?:be )?(?:safe|responsible|right|appropriate|ethical)) (?:for|of) me to",
    r"\b(?:outside|beyond) (?:of )?(?:(?:what|(?:the )?(?:things|topics|requests)) (?:that )?i(?:'m| am| can| will)|(?:my"
    r"|the) (?:\w+ )?(?:abilit\w+|capabilit\w+|scope|guidelines|remit|limits)"
    r"(?: of what i)?)",
    r"\bthere(?:'s| is) no way (?:that )?i(?:'m| am|'ll| will| can| would)",
    rf"^(?:(?:i'm |i am |so |very |but )*(?:sorry|apologies|unfortunately|afraid|no),? ?(?:but )?)*"
    rf"(?:can't|cannot|won't|unable to|not able to) (?:be )?{_EN_DO}",
    r"^(?:absolutely not|no way|not a chance|definitely not|certainly not|not going to happen|that's a no from me"
    r"|hard no)\b[.!]?$",
    r"\brequest (?:is|was|has been|must be|will be) (?:denied|declined|refused|rejected)",
    r"\b(?:request|question|prompt)\b.{0,30}\b(?:cannot|can't|can not|will not|won't) be (?:fulfilled|completed|processed"
    r"|answered|granted)",
)
"""English."""

GERMAN = (
    r"\b(?:ich (?:kann|werde|darf|mochte|will|konnte)|(?:kann|werde|darf|mochte|will|konnte) ich)\b.{0,120}\b(?:nicht"
    r"|kein\w*|nichts)\b"
    r".{0,120}?(?:\b|be|weiter)(?:helfen|hilfe|unterstutzen|geben|bereitstellen|schreiben|verfassen|erstellen|beantworten"
    r"|nennen|erklaren"
    r"|machen|tun|liefern|zeigen|teilen|mitteilen|mitwirken|mitmachen|anbieten|behilflich|nachkommen|erfullen|verraten"
    r"|dienen|beteiligen"
    r"|beraten|formulieren|leisten|entsprechen|herausgeben|preisgeben)\b",
    r"\b(?:ich (?:gebe|helfe|mache|schreibe|unterstutze|leiste|erstelle|verrate|verfasse|liefere)"
    r"|(?:gebe|helfe|mache|schreibe|unterstutze|leiste|erstelle|verrate|verfasse|liefere) ich)\b.{0,60}\b(?:nicht|kein\w*)\b",
    r"\b(?:ich (?:lehne|weigere|verweigere|muss)|(?:lehne|weigere|verweigere|muss) ich)\b.{0,80}\b(?:ab|ablehnen|mich|hilfe"
    r"|verweigern|absagen)\b",
    r"\b(?:ich bin|bin ich|ich sehe mich|fuhle mich) .{0,30}(?:nicht (?:in der lage|befugt|bereit|imstande|dazu da)"
    r"|ausserstande|nicht wohl)",
    r"\b(?:verstosst|verstossen) .{0,30}gegen meine\b|\bgegen meine (?:richtlinien|grundsatze|prinzipien|regeln|vorgaben)",
    r"\bist (?:es )?mir (?:leider )?nicht (?:moglich|erlaubt|gestattet)",
)
"""German."""

_FR_DO = (
    r"(?:aid|assist|fourni|donn|redig|ecri|repond|expliqu|cre|fai|partag|acced|satisf|particip|propos|souten|conseill"
    r"|accompagn|indiqu|gener"
    r"|produi|montr|suivre|poursuiv|communiqu|encourag|divulgu|dire|apprendre)\w*"
)
"""The same in French."""
FRENCH = (
    rf"\bje (?:ne )?(?:vous |te |t'|l'|le |la )?(?:peux|pourrai|pourrais|puis|vais|veux|souhaite|saurais|dois"
    rf"|compte) (?:\w+ )?pas .{{0,40}}\b{_FR_DO}",
    rf"\bje ne (?:peux|puis|saurais|pourrai) (?:malheureusement )?{_FR_DO}",
    r"\bje ne (?:suis|serai) (?:\w+ )?pas (?:en mesure|capable|autorise|habilite|dispose|a l'aise|pret)",
    r"\bje (?:me vois (?:oblige|contraint) de |dois |prefere )?(?:refuse|decline|refuser|decliner)\b",
    r"\bje (?:prefere|preferais|prefererais) ne pas\b",
    r"\bil (?:m'est|ne m'est pas) (?:impossible|possible|permis) de",
    r"\bje ne (?:vous |t'|te )?(?:aiderai|aide|fournirai|fournis|donnerai|donne|ecrirai|redigerai|participerai"
    r"|repondrai) (?:\w+ )?pas",
    r"\bcontraire a mes (?:principes|directives|regles|valeurs)|\bva a l'encontre de mes",
)
"""French."""

_ES_DO = (
    r"(?:(?:te|le|les|os|lo|la) )?(?:ayudar|asistir|proporcionar|dar|escribir|redactar|responder|explicar|crear|hacer"
    r"|compartir|facilitar|ofrecer|participar"
    r"|cumplir|generar|ensenar|decir|atender|apoyar|colaborar|brindar|mostrar|satisfacer|contribuir|elaborar|revelar"
    r"|continuar|indicar)\w*"
)
"""The same in Spanish."""
SPANISH = (
    rf"\bno (?:te |le |os |les |me )?(?:puedo|podre|podria|voy a|quiero|debo|pienso|deseo|soy capaz de|me es posible"
    rf"|es posible)"
    rf" (?:\w+ ){{0,2}}?{_ES_DO}",
    r"\bno estoy (?:autorizad|dispuest|capacitad|en condiciones|en posicion|disenad|programad)",
    r"\bme niego a\b|\b(?:debo|tengo que|he de) (?:rechazar|negarme|declinar)|\brechazo (?:esta|tu|su) (?:peticion|solicitud)",
    r"\ben contra de mis (?:principios|directrices|normas|valores|politicas)|\bprefiero no\b",
    r"\bno (?:te |le |os |les )?(?:ayudare|proporcionare|proporciono|dare|doy|escribire|redactare|participare|respondere)\b",
)
"""Spanish."""

_IT_DO = (
    r"(?:aiutar|assister|fornir|dar|scriver|risponder|spiegar|crear|far|condivider|offrir|partecipar|soddisfar|generar"
    r"|mostrar|dir|procedere"
    r"|supportar|rediger|contribuir|insegnar|rivelar|accontentar|dare|esser\w* d'aiuto|collaborar|suggerir|indicar)\w*"
)
"""The same in Italian."""
ITALIAN = (
    rf"\bnon (?:ti |vi |le |la |mi |lo )?(?:posso|potro|potrei|sono in grado di|voglio|intendo|e possibile|ho intenzione di"
    rf"|me la sento di|sono dispost\w a"
    rf"|sono autorizzat\w a|posso proprio|desidero) (?:\w+ )?{_IT_DO}",
    r"\bmi rifiuto di\b|\b(?:devo|sono costrett\w a) (?:rifiutar|declinar|dire di no)\w*|\bpreferisco non\b|\bpreferirei non\b",
    r"\bcontro (?:le|i) (?:mie|miei) (?:linee|regole|politiche|principi|valori)|\bnon (?:ti|vi|la) aiutero\b"
    r"|\bnon (?:scrivero|forniro|(?:ti |vi |la )?aiuto|fornisco|scrivo|do)\b",
)
"""Italian."""

_PT_DO = (
    r"(?:(?:te|lhe|o|a|vos) )?(?:ajud|auxili|fornec|dar|escrev|redig|respond|explic|cri|faz|compartilh|partilh|oferec"
    r"|particip|atend|ger|mostr|diz|apoi"
    r"|ensin|prosseguir|cumpr|colabor|contribu|revel|indic|elabor)\w*"
)
"""The same in Portuguese."""
PORTUGUESE = (
    rf"\bnao (?:te |lhe |o |a |me |vos )?(?:posso|poderei|poderia|consigo|vou|quero|devo|pretendo|sou capaz de|me e possivel"
    rf"|e possivel"
    rf"|estou autorizad\w a|estou em condicoes de|me sinto (?:confortavel|a vontade) (?:em|para)|tenho como) (?:\w+ )?{_PT_DO}",
    r"\bnao (?:te |lhe )?(?:ajudo|ajudarei|forneco|fornecerei|escrevo|escreverei|dou|darei|participo)\b|\b(?:me recuso"
    r"|recuso-me|recuso) a\b|\b(?:devo|tenho (?:de|que)|preciso) (?:recusar|declinar|negar)|\bprefiro nao\b",
    r"\bcontra (?:as |os )?(?:minhas|meus) (?:diretrizes|politicas|principios|regras|valores)|\bnao estou (?:autorizad"
    r"|dispost|em condicoes)",
)
"""Portuguese."""

DECLINES = (*ENGLISH, *GERMAN, *FRENCH, *SPANISH, *ITALIAN, *PORTUGUESE)
"""Statements that refuse."""

DISAPPROVES = (
    r"\b(?:it(?:'s| is| would be|'d be)|this is|that(?:'s| is)|be) not (?:\w+,? (?:or|and|nor) )?(?:appropriate|ethical"
    r"|responsible|moral)"
    r"(?:,? (?:or|and|nor) \w+)? (?:for me |of me )?to\b"
)
"""A judgement of the request that stands for a refusal where a reply opens with it."""

NO_DENIAL = (
    r"\b(?:can ?not|can't|couldn't|could not) (?:help (?:but\b|feeling|wondering|thinking|noticing|laughing|smiling|admiring"
    r"|myself|falling)"
    r"|(?:\w+ ){1,9}?enough\b|give up|give in|make (?:it|out|up)\b|do without|show up|open up|(?:tell|describe|say"
    r"|express)(?: you)? how (?:much|happy|glad|sorry|often|many|excited|grateful|proud|delighted|good|beautiful))"
    r"|\bnot (?:sure|certain|convinced) (?:that |if |whether )?i\b|\bdo (?:\w+ ){1,4}justice\b"
    r"|\b(?:if|when|whenever|in case|unless) i (?:can't|cannot|couldn't|can not|won't)"
    r"|\bi (?:can't|cannot|won't|couldn't) (?:\w+ )?(?:do|recommend) (?:it |this |that )?(?:without|better)"
    r"|\bnicht (?:genug|nur|oft genug|anders als)\b|\bpas (?:assez|trop|seulement|que)\b|\bnon (?:posso|potrei) (?:che"
    r"|fare (?:a meno|altro))\b"
    r"|\bno puedo (?:dejar|evitar|hacer menos)\b|\bnao posso deixar\b|\b(?:refuse|decline) to (?:believe|accept)"
)
"""What looks like a denial and is none: taken out before statements are looked for."""

DELIVERS = (
    r"\b(?:here(?:'s| is| are| you go)|below (?:is|are|you)|the following (?:is|are|steps|shows)|this is how|that's how"
    r"|let me (?:explain|show you|give you|outline)|(?:however|but|still),? (?:.{0,60} )?i can (?:tell you|say|explain"
    r"|show you|describe)|in general,|generally,|generally speaking"
    r"|as a rule|typically,|in theory,|hypothetically|hier (?:ist|sind|folgt|kommt)|voici|aqui (?:esta|estan|estao|tienes"
    r"|tiene|tem|vai)"
    r"|a continuacion|ecco|segue\b|im allgemeinen|en general|in generale|em geral)"
)
"""Words with which a reply goes on to give what it was asked for."""

ALTERNATIVES = (
    r"\b(?:alternativ\w*|instead|resources?|help ?lines?|hot ?lines?|support|safe\w*|legal\w*|lawful\w*|legitimate\w*"
    r"|ethical\w*|health\w*"
    r"|protect\w*|prevent\w*|defen[cs]e|report\w*|professionals?|why|reasons?|constructive\w*|hilfe\w*|stattdessen"
    r"|ressources?|recursos"
    r"|risorse|apoyo|ayuda|ajuda|apoio|aide|aiuto|warum|pourquoi|stay|avoid|crisis|lifelines?|emergency|counsel\w*|therap\w*)\b"
)
"""Words that say of what is given that it is something else than what was asked for."""

ELSEWHERE = r"\b(?:instead|alternatives?|rather than)\b"
"""Words that say it before anything is given."""

NARROW = (
    r"\b(?:legal|medical|financial|tax|professional|personal\w*|individual\w*|specific|exact|precise|definit\w+|investment"
    r"|clinical|psychological"
    r"|veterinary)\b.{0,25}\b(?:advice|diagnos\w+|opinion|recommendations?|guidance|numbers?|figures?|dos\w+|answer"
    r"|prediction|assessment)"
    r"|\bdiagnos\w+|\b(?:access|see|check|look at|log in to|view) (?:to )?(?:your|the|any) |\breal-time\b|\blive (?:data"
    r"|prices|results)|\bbrowse|\bopen (?:links|files|the)|\bpredict|\brechtsberatung"
    r"|\b(?:conseils?|consejos?|asesoramiento|consigli|consulenza|conselhos?|aconselhamento) (?:juridi|medic|legal|financ"
    r"|medi)\w*"
)
"""What a reply may say it cannot give, and still give what was asked for: legal advice, a diagnosis."""

CONTRAST = (
    r"\b(?:but|however|while|although|that said|still|nevertheless|nonetheless|though|in general|generally|usually|typically"
    r"|as a rule|here|aber|jedoch"
    r"|allgemein|trotzdem|mais|cependant|toutefois|pero|sin embargo|no obstante|ma|tuttavia|pero'|mas|porem|no entanto)\b"
)
"""Words with which a reply turns round after a denial."""
