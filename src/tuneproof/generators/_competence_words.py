"""The words of `general-competence`: names, things and places. A changed list changes the draw of every seed."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _words("""
    Ada Bruno Carla Dario Edith Farid Greta Hugo Ines Jonas Kira Leon Maya Nils Olga Pablo Rita Samir Tessa Umar Vera
    Wanda Yusuf Zoe Alma Boris Celia Dora Emil Flora Goran Hanna Ivan Jana Karim Lydia Marek Nora Oskar Petra Rafael Selma
    Timo Ursula Viktor Wilma Yara Anton Bianca Clemens
""")
"""First names, none a word of its own that a question could mistake."""

SURNAMES = _words("""
    Aldermoor Brackwell Castorin Dunmere Elmhurst Farrowby Gravelle Hollinger Iverstone Jaskol Kettering Lindqvist Marlowe
    Nordhaus Oakden Pellegrin Quillan Rosenthal Stavros Tannenby Underhill Vasquero Whitlock Yarborough Zeller
""")
"""Family names, mostly made up."""

PLURALS = _words("""
    apples pears plums lemons melons oranges carrots onions peppers potatoes biscuits muffins pancakes pretzels candles
    pencils crayons markers stickers stamps postcards notebooks envelopes marbles buttons beads ribbons balloons shells
    pebbles coins tokens badges tickets posters magnets bricks tiles bolts screws washers hinges bulbs batteries cables
    cups saucers spoons plates bowls jars bottles towels blankets cushions socks gloves scarves
""")
"""Things that are counted."""

GOODS = _words("""
    kettle toaster lamp blender rucksack jacket radio clock mirror armchair bookcase stool carpet teapot skillet drill
    hammock tent bicycle scooter keyboard headset printer tripod suitcase umbrella telescope microscope thermos cushion
""")
"""Things that have a price."""

TOWNS = _words("""
    Aldbury Brinmouth Carrowdale Dunhaven Eastmere Fallowfield Glenrook Harrowgate Inverleck Jarnstead Kelsworth Larkspur
    Millbrook Northwick Oakhampton Pinecrest Quarrington Ravensholm Stonebridge Thornbury Upperton Valemouth Westbourne
    Yarrowby
""")
"""Places on no map that matters."""

PLACES = (
    "library", "swimming pool", "town hall", "museum", "bakery", "allotment", "boathouse", "theatre", "workshop", "post office",
    "sports hall", "music school", "greenhouse", "bike shed", "reading room", "clubhouse", "canteen", "laundry", "archive",
    "observatory", "pottery studio", "market hall", "chapel", "youth centre", "garden centre", "repair cafe", "warehouse",
    "lighthouse", "ferry terminal", "bus depot",
)  # fmt: skip
"""What a notice is about."""

COMMON = _words("""
    anchor basket bridge butter candle carpet castle cheese cherry circle corner cotton desert engine falcon feather
    forest garden ginger guitar hammer harbor island jacket kitchen ladder lantern lemon marble market meadow mirror
    mountain needle orange orchard oyster paddle parrot pebble pencil pepper pillow planet pocket pumpkin puzzle rabbit
    ribbon river saddle sailor salmon shadow silver spider spoon stable summer table temple thunder tiger timber tunnel
    turtle valley velvet violin walnut willow window winter wizard yellow zebra acorn badger beacon blanket bottle bucket
    button cactus camera canyon comet copper crayon dolphin donkey dragon eagle emerald fabric finger flower gravel
    helmet honey insect jigsaw kettle leather lizard magnet monkey nephew object palace quartz rocket school trumpet
    umbrella village wagon
""")
"""Common nouns of four letters and more."""

SHORT = _words("""
    ant arm axe bag bat bed bee box bus cap cat cow cup dog ear egg elm fan fig fox gem hat hen ice ink jam jar jet key
    kit lid log map mud net nut oak oar owl pan pea pen pie pig pin pot rug sea sky sun tea toe van wax yak zip
""")
"""Nouns of three letters."""

ANIMALS = _words("cat dog parrot hamster tortoise rabbit goldfish canary ferret lizard")
"""Pets."""

DRINKS = _words("tea coffee lemonade milk cocoa water juice cider soda mate")
"""Drinks."""

COLOURS = _words("red blue green black white yellow brown pink grey purple orange silver")
"""Colours."""

TOPICS = (
    "a rainy afternoon", "a busy harbour", "an old bicycle", "a vegetable garden", "a night train", "a mountain hut",
    "a street market", "a broken umbrella", "a lighthouse keeper", "a school library", "a snowy field", "a baker at dawn",
    "a lost letter", "a quiet pond", "a crowded lift", "a village fair", "a sleeping cat", "a long ferry trip",
    "an empty theatre", "a beehive", "a windmill", "a chess club", "a family picnic", "a repair shop", "a desert road",
    "a museum guard", "a piano lesson", "a power cut", "a tram ride", "a wooden boat", "a flower stall", "a foggy morning",
    "a juggler", "a clockmaker", "a stone bridge", "an apple orchard", "a river in spring", "a football match in the rain",
    "a toy factory", "a campfire",
)  # fmt: skip
"""What to write about."""

NONSENSE = _words("""
    blims trocks fendles quibs morvels snaters plonks drizels gommers yaffets zindles krells vorps lunders chimmels braskets
    wuffles tarnels heppins jostrels nabbits olfers skerries pindrels
""")
"""Kinds of things that do not exist: nothing is known of them beforehand."""

SYLLABLES = _words("""
    ba be bo da de do fa fi fo ga ge go ha hi ka ke ko la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so
    ta te ti to va ve vi vo wa we wi za ze zo bar ben dor fal gim har jun kel lam mor nat pel rin sol tam ven wil zor
""")
"""What made-up words are made of."""

UNITS = _words("wamb tolk pindle quarn freel gossit hask jolt murn ploon riddock snib terv ulm vask yorl")
"""Measures that do not exist."""

SERVICES = _words("billing search mailer gateway scheduler inventory auth reports exporter cache thumbnails webhooks")
"""Programs that write logs."""

SUBJECTS = _words(
    "pottery chess Spanish drawing yoga welding baking guitar astronomy sewing carpentry choir photography juggling"
)
"""What courses teach."""
