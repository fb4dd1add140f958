"""What the set `things` is made of, beside the list of its pictures in ``things_curation.csv``.

Every line of the list was decided by eye on numbered contact sheets: class, kind (what the picture shows, in a word
or two) and, where it says more, a name. What is not in the list is left out; ``LEFT_OUT`` says why.
``build_things.py`` stops when a name below or a path in the list does not exist.
"""

CLASSES = ("bird", "mammal", "sea", "insect", "fruit_veg", "plant", "vehicle", "tool", "instrument", "building")

# Kinds that look alike or were drawn as one series: they are held out together.
FAMILIES = {
    "citrus": "lemon; lime; orange",
    "guitars": "guitar; electric guitar; bass guitar",
    "trumpets": "trumpet; pocket trumpet; french horn; postal horn",
    "cars": "car; taxi; police car; off-road car",
    "buses": "bus; trolleybus; van; ambulance",
    "rails": "train; tram; railway car; cable car",
    "sails": "sailboat; sailing ship",
    "cycles": "bicycle; big bicycle",
    "trees": "tree; fruit tree",
    "flowers": "flower; red flower; yellow flowers; potted flower; daisy; cherry blossom; magnolia",
    "sparids": "sea bream; wrasse; weever; silverside",
    "crustaceans": "crayfish; lobster",
    "fish": "fish; tropical fish; angelfish; cichlid",
    "wrenches": "wrench; wrench and screwdriver",
    "bovines": "cow; bison; yak",
    "equids": "horse; donkey",
    "apes": "monkey; gorilla",
    "poultry": "hen; rooster; chick",
    "wasps": "bee; wasp",
    "dwellings": "house; houses; cottage; fairy-tale house",
    "offices": "hospital; post office; hotel; department store",
    "monuments": "triumphal arch; classical building",
}

LEFT_OUT = {
    "another class or none": "road and transport signs, notes and clefs, portraits, maps, flags, logos, reptiles",
    "toys and mascots": "dolls, plush animals, wooden trains, rubber ducks, paper planes, Tux as a mascot",
    "says nothing": "filled silhouettes, single strokes, blurred or cropped drawings, parts of a thing, text",
    "weapons and war": "guns, blades, bombs, tanks, fighter jets",
    "religion and politics": "temples, churches and statues in use for them, memorials of states, graves",
    "near-duplicates": "the same file in two folders, the same drawing twice, recoloured series beyond a few",
    "licence": """
        openclipart: files whose own metadata does not say public domain.
        GCompris: files without a licence in the README beside them, and one under GPL alone.
        Tux Paint: pictures that its change log credits under the GFDL alone (Apricot_whole, Cherry_Stella,
        Strawberry2, Woodlouse, helmeted_guineafowl, Lightbulb) or takes from a stock site without a licence
        (grapes, pineapple, sliced_lime, sliced_orange).
        """,
}

# Where the subject of a wide or tall photograph is: centre of the square that is cut out, from 0 to 1 along the
# longer side; 0.5 where nothing is said.
CROPS = {
    "gcompris/src/activities/erase/resource/bee.webp": 0.15,
    "gcompris/src/activities/erase/resource/alpaca.webp": 0.4,
    "gcompris/src/activities/erase/resource/long_nosed_monkey.webp": 0.3,
    "gcompris/src/activities/erase/resource/macaque.webp": 0.7,
    "gcompris/src/activities/categorization/resource/images/fishes/fish8.webp": 0.9,
    "gcompris/src/activities/categorization/resource/images/tools/hammer1.webp": 0.0,
    "gcompris/src/activities/categorization/resource/images/tools/hammer4.webp": 0.2,
    "gcompris/src/activities/categorization/resource/images/tools/hammer6.webp": 0.1,
    "gcompris/src/activities/categorization/resource/images/tools/hammer7.webp": 0.0,
    "gcompris/src/activities/categorization/resource/images/tools/sickle.webp": 0.3,
    "gcompris/src/activities/categorization/resource/images/tools/wrench1.webp": 0.1,
    "gcompris/src/activities/explore_world_music/resource/music/middleeast.webp": 1.0,
}

# GCompris' README spells two file names otherwise.
README_NAMES = {"screDriver.webp": "screwDriver.webp", "germany/audaPalatina.webp": "germany/aulaPalatina.webp"}

# ---------------------------------------------------------------- who made Tux Paint's photographs
# The package's copyright file puts everything under GPL-2 or later; its change log credits some by name, and some
# under a licence of their own. (author, licence, url): stamps below ``stamps/``, without the ending.
TUXPAINT_GPL = "GPL-2.0-or-later"
TUXPAINT_AUTHOR = "contributors of Tux Paint, © Bill Kendrick"
TUXPAINT_CREDITS = {
    (
        "Stas Zytkiewicz (Childsplay), adapted by Pere Pujal i Carabantes",
        TUXPAINT_GPL,
        "http://childsplay.sf.net/",
    ): """
        animals/mammals/badger animals/mammals/bears/bear animals/mammals/rodents/beaver animals/insects/bee
        animals/mammals/bovines/bison animals/birds/blackbird animals/mammals/bovines/bull
        animals/mammals/camel/camel
        animals/mammals/deer/caribou animals/mammals/apes/chimp animals/mammals/bovines/cow animals/birds/crow
        animals/birds/cuckoo animals/mammals/deer/deer animals/mammals/deer/doe animals/mammals/dogs/dog
        animals/mammals/aquatic/dolphin animals/mammals/equines/donkey animals/mammals/camel/dromedary
        animals/birds/duck animals/mammals/elephant animals/mammals/ferret animals/insects/fly
        animals/mammals/dogs/fox animals/amphibians/frog animals/birds/gander animals/mammals/bovines/goat
        animals/mammals/apes/gorilla animals/insects/grasshopper animals/mammals/hippopotamus animals/insects/hornet
        animals/mammals/equines/horse animals/lizards/iguana animals/marsupials/koala animals/birds/lark
        animals/mammals/cats/lion animals/mammals/rodents/marmot animals/mammals/bovines/mountaingoat
        animals/mammals/rodents/mouse animals/birds/nandou animals/mammals/aquatic/orca animals/birds/owl
        animals/birds/penguin animals/mammals/pig animals/birds/quetzal animals/mammals/rodents/rabbit
        animals/mammals/bovines/ram animals/birds/rooster animals/birds/seagull animals/mammals/aquatic/sea_lion
        animals/mammals/rodents/squirrel animals/mammals/cats/tiger animals/birds/tucan animals/birds/turkey
        animals/birds/vulture animals/mammals/aquatic/whale animals/marsupials/wombat animals/insects/xanthia
        animals/mammals/bovines/yak animals/mammals/equines/zebra animals/birds/pigeon animals/mammals/wildboar
        animals/mammals/bovines/zebu animals/mammals/deer/wapiti animals/mammals/rodents/rat
        """,
    ("Erinn Lynch", "CC-BY-SA-2.5", ""): """
        animals/birds/pelican animals/birds/heron_greatblue animals/birds/heron_greatblue_flying
        """,
    ("VHSS Irimpanam school, Kerala", "CC-BY-SA-3.0", ""): """
        plants/flowers/adeenia plants/flowers/anthoorium plants/flowers/appooppanthady plants/flowers/bolsom
        plants/flowers/chemparathi
        """,
    ("Aaron M. Lang", "CC-BY-2.5", "https://en.wikipedia.org/wiki/Image:E28_b.JPG"): "vehicles/emergency/firetruck",
    ("Guttorm Flatabø", "CC-BY-SA-2.5", "https://commons.wikimedia.org/wiki/Image:Brown_snail.jpg"): """
        animals/insects/Brown_slug
        """,
    ("U.S. National Oceanic & Atmospheric Administration", "public domain", "http://www.photolib.noaa.gov/"): """
        animals/fish/lobster animals/fish/seahorse
        """,
    ("Jorge Barrios", "public domain", "http://commons.wikimedia.org/wiki/Image:Arbol_Navidad_01.jpg"): """
        seasonal/christmas/Christmas_Tree_photo
        """,
    ("photographers of Wikipedia, prepared for Tux Paint", TUXPAINT_GPL, "https://en.wikipedia.org/"): """
        hobbies/music/wind/bassoon hobbies/music/string/cello hobbies/music/string/guitar_classical
        hobbies/music/percussion/cymbal_crash hobbies/music/percussion/drumkit hobbies/music/string/guitar_electric
        hobbies/music/string/guitar_electric_bass hobbies/music/percussion/drum_tomtom_floor
        hobbies/music/brass/trumpet hobbies/music/string/violin food/fruit/apricot
        """,
    ("Caroline Ford", TUXPAINT_GPL, ""): """
        vehicles/garbagetruck plants/flowers/daffodil household/tools/spade vehicles/auto/beetle
        vehicles/cycle/pink_tricycle
        """,
    ("Steve Karg", TUXPAINT_GPL, ""): "food/vegetables/broccoli food/vegetables/corn",
}
