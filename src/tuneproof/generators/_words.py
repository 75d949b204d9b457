"""The words of `general-nano`: plain, common, one meaning each where a question asks for one.

A word has one opposite, one plural and one kind here, so that every question has one answer. A changed list changes the evalset
of every seed; the test that draws the shipped one anew says so.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read `hot/cold wet/dry`."""
    return tuple((left, right) for left, _, right in (pair.partition("/") for pair in text.split()))


NOUNS = _words("""
    lamp river stone bread cloud chair table window door garden street paper pencil book letter pocket button ribbon basket
    bottle bucket candle carpet curtain pillow blanket mirror ladder hammer kettle spoon fork knife plate cup bowl glass
    jar box bag coin key lock rope wire chain wheel engine bridge tunnel tower castle palace temple market harbor island
    mountain valley forest desert meadow field beach ocean lake pond stream storm thunder rain snow wind fire smoke ash
    sand clay iron silver gold copper steel wood brick tile roof wall floor stair corner circle square angle shadow
    color sound voice song story poem picture puzzle game toy doll kite drum bell flag map globe compass anchor sail ship
    boat train truck wagon saddle horse cow sheep goat dog cat mouse rabbit fox wolf bear deer lion tiger monkey parrot
    eagle owl duck goose swan frog snake turtle spider ant bee apple pear plum grape lemon melon cherry carrot onion bean
    corn rice salt sugar honey butter cheese milk soup cake pie jam shirt coat hat scarf glove shoe boot sock belt ring
    crown sword shield arrow bow nail screw needle thread cotton wool leather velvet summer winter spring autumn morning
    evening night planet moon star comet rocket
""")
"""What lists are made of."""

OPPOSITES = _pairs("""
    hot/cold up/down in/out open/closed happy/sad fast/slow full/empty wet/dry early/late loud/quiet rich/poor strong/weak
    clean/dirty near/far high/low deep/shallow wide/narrow thick/thin true/false alive/dead day/night north/south east/west
    push/pull buy/sell win/lose begin/end laugh/cry give/take love/hate before/after above/below inside/outside
    always/never first/last more/less many/few ancient/modern sharp/blunt smooth/rough polite/rude safe/dangerous
    sweet/sour tight/loose asleep/awake guilty/innocent victory/defeat arrive/depart attack/defend increase/decrease
    expand/shrink accept/reject remember/forget question/answer friend/enemy top/bottom front/back maximum/minimum
    positive/negative public/private cheap/expensive simple/complex hero/villain success/failure summer/winter
    sunrise/sunset black/white yes/no import/export lend/borrow freeze/melt float/sink build/destroy raise/lower
    hello/goodbye entrance/exit profit/loss war/peace junior/senior visible/invisible possible/impossible legal/illegal
    forward/backward upstairs/downstairs present/absent plus/minus temporary/permanent generous/stingy odd/even
    vertical/horizontal
""")
"""Each word once; asked in both directions."""

PLURALS = _pairs("""
    cat/cats dog/dogs book/books tree/trees house/houses horse/horses apple/apples pencil/pencils garden/gardens
    window/windows river/rivers flower/flowers school/schools teacher/teachers farmer/farmers pillow/pillows
    bottle/bottles table/tables chair/chairs carpet/carpets letter/letters button/buttons ticket/tickets hammer/hammers
    castle/castles bridge/bridges orange/oranges nurse/nurses judge/judges village/villages
    box/boxes fox/foxes bus/buses dress/dresses glass/glasses class/classes dish/dishes brush/brushes wish/wishes
    bench/benches church/churches watch/watches match/matches peach/peaches lunch/lunches beach/beaches coach/coaches
    boss/bosses kiss/kisses tax/taxes potato/potatoes tomato/tomatoes hero/heroes echo/echoes piano/pianos photo/photos
    radio/radios baby/babies city/cities lady/ladies party/parties story/stories puppy/puppies berry/berries
    cherry/cherries country/countries family/families army/armies penny/pennies pony/ponies boy/boys day/days key/keys
    toy/toys monkey/monkeys donkey/donkeys valley/valleys leaf/leaves wolf/wolves knife/knives wife/wives life/lives
    shelf/shelves half/halves loaf/loaves thief/thieves man/men woman/women child/children foot/feet tooth/teeth
    goose/geese mouse/mice ox/oxen sheep/sheep
""")
"""Singular and plural."""

KINDS = {
    "fruit": _words("apple pear plum banana cherry grape lemon mango peach apricot kiwi melon fig papaya"),
    "vegetable": _words("carrot onion potato cabbage leek turnip radish cucumber parsnip beet artichoke zucchini lettuce"),
    "bird": _words("sparrow robin eagle owl duck goose swan parrot pigeon raven crow falcon heron stork"),
    "fish": _words("salmon trout tuna herring carp cod shark eel sardine mackerel haddock perch halibut anchovy"),
    "insect": _words("ant bee wasp beetle moth butterfly mosquito cricket ladybug grasshopper dragonfly termite hornet gnat"),
    "mammal": _words("dog cat horse cow sheep goat pig rabbit fox wolf bear lion tiger elephant monkey"),
    "tree": _words("oak birch maple willow pine spruce cedar elm beech poplar sycamore larch alder redwood"),
    "flower": _words("rose tulip daisy lily violet orchid daffodil sunflower carnation poppy marigold lilac peony dahlia"),
    "tool": _words("hammer saw drill wrench screwdriver chisel axe shovel rake pliers crowbar sander anvil hoe"),
    "vehicle": _words("car bus truck train bicycle tram van taxi tractor scooter motorcycle wagon lorry ambulance"),
    "instrument": _words("piano violin guitar flute trumpet harp cello clarinet oboe banjo trombone accordion saxophone tuba"),
    "furniture": _words("chair table sofa desk bed wardrobe stool bench bookcase armchair dresser cupboard couch cabinet"),
    "building": _words("house castle church school hospital factory museum palace barn cottage temple library theater hotel"),
    "job": _words("baker teacher doctor farmer nurse pilot lawyer plumber carpenter butcher tailor waiter dentist engineer"),
}
"""Kind to its members, each under one kind."""

NAMES = _words("""
    Anna Tom Mary John Lucy Peter Emma Paul Sara David Nina Mark Julia Simon Clara Henry Alice Oscar Laura Felix Rosa Victor
    Helen Martin Ella George Irene Frank Diana Leo
""")
"""Who has something."""

COLOURS = _words("red blue green black white yellow brown pink grey purple")
"""Colours that take `a`."""

OBJECTS = _words("ball hat cup book bag pen coat kite lamp ring box key drum boat scarf plate bell clock glove toy")
"""What someone has."""

PLACES = _words("box bag drawer garden kitchen car basket attic cellar shed garage hall office bedroom cupboard pool")
"""Where something is."""
