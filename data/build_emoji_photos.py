"""Rebuild the photographs of `emoji-photo`: ``python data/build_emoji_photos.py`` (half a minute).

A developer's tool, not needed by the app: for the emoji below, which Tux Paint has a photograph of, it writes one
atlas of 64 × 64 pixels, a manifest with author and licence of each, and a page of credits, into a folder of their
own, because the package is under the GPL. Every pair of emoji and photograph was looked at side by side.

Needs ``dpkg-deb``, and ``apt-get`` unless ``--packages`` holds the .deb.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from build_things import HERE, LICENCES, credits_page, read_tuxpaint, write_atlas
from things_sources import PACKAGES, fetch

TILE = 64  # pixels per side in the atlas, as of the other styles
QUALITY = 95  # of WebP

# Emoji = stamp. Left out, though there is a stamp: oyster (an abalone), snail (a slug), shrimp (washed out), moose
# (a caribou), vertical traffic light (drawn), roasted sweet potato (raw; alone in its class), and what has no
# licence that this project takes (cherries, grapes, light bulb, lime, pineapple): see things_curation.py.
PHOTOS = """
    monkey = animals/mammals/apes/chimp; gorilla = animals/mammals/apes/gorilla;
    dog = animals/mammals/dogs/dog; fox = animals/mammals/dogs/fox; lion = animals/mammals/cats/lion-2;
    tiger = animals/mammals/cats/tiger; donkey = animals/mammals/equines/donkey;
    horse = animals/mammals/equines/horse; zebra = animals/mammals/equines/zebra;
    deer = animals/mammals/deer/deer; bison = animals/mammals/bovines/bison; ox = animals/mammals/bovines/bull;
    cow = animals/mammals/bovines/cow; pig = animals/mammals/pig; boar = animals/mammals/wildboar;
    ram = animals/mammals/bovines/ram; ewe = animals/mammals/bovines/sheep;
    goat = animals/mammals/bovines/goat; camel = animals/mammals/camel/dromedary;
    two-hump camel = animals/mammals/camel/camel; giraffe = animals/mammals/giraffe;
    elephant = animals/mammals/elephant; rhinoceros = animals/mammals/rhino_black;
    hippopotamus = animals/mammals/hippopotamus; mouse = animals/mammals/rodents/mouse;
    rat = animals/mammals/rodents/rat; rabbit = animals/mammals/rodents/rabbit-2;
    chipmunk = animals/mammals/rodents/squirrel; beaver = animals/mammals/rodents/beaver;
    bear = animals/mammals/bears/bear; koala = animals/marsupials/koala; otter = animals/mammals/aquatic/otter;
    kangaroo = animals/marsupials/kangaroo; badger = animals/mammals/badger; turkey = animals/birds/turkey;
    chicken = animals/birds/hen; rooster = animals/birds/rooster; bird = animals/birds/lark;
    penguin = animals/birds/penguin; dove = animals/birds/pigeon; duck = animals/birds/duck;
    owl = animals/birds/owl; flamingo = animals/birds/pink_flamingo; peacock = animals/birds/peacock;
    parrot = animals/birds/adelaide-rosella; black bird = animals/birds/blackbird;
    goose = animals/birds/gander; frog = animals/amphibians/frog; lizard = animals/lizards/iguana;
    whale = animals/mammals/aquatic/whale; dolphin = animals/mammals/aquatic/dolphin;
    seal = animals/mammals/aquatic/sea_lion; fish = animals/fish/dolphinfish;
    tropical fish = animals/fish/butterflyfish; lobster = animals/fish/lobster; honeybee = animals/insects/bee;
    cricket = animals/insects/grasshopper; fly = animals/insects/fly; rose = plants/flowers/rose;
    hibiscus = plants/flowers/chemparathi; blossom = plants/flowers/yellow-flower;
    deciduous tree = plants/trees/holm_oak; palm tree = plants/trees/liberia-palm;
    mushroom = plants/mushrooms/cep; tangerine = food/fruit/mandarine; lemon = food/fruit/lemon;
    banana = food/fruit/banana; mango = food/fruit/mango; red apple = food/fruit/apple_red;
    green apple = food/fruit/apple_green; pear = food/fruit/pear; peach = food/fruit/apricot;
    strawberry = food/fruit/strawberry; kiwi fruit = food/fruit/kiwi; tomato = food/vegetables/tomato;
    avocado = food/fruit/avocado; eggplant = food/vegetables/eggplant; potato = food/vegetables/potato;
    carrot = food/vegetables/carrot; ear of corn = food/vegetables/corn;
    hot pepper = food/vegetables/chilepepper; bell pepper = food/vegetables/pepper;
    leafy green = food/vegetables/lettuce; broccoli = food/vegetables/broccoli;
    garlic = food/vegetables/garlic; onion = food/vegetables/onion; ginger root = food/spices/ginger;
    brown mushroom = food/vegetables/mushroom; teapot = household/dishes/teapot;
    bus = vehicles/masstransit/green_korean_bus; fire engine = vehicles/emergency/firetruck;
    automobile = vehicles/auto/beetle; pickup truck = vehicles/auto/truck; racing car = vehicles/race/indycar;
    wheel = vehicles/7spoke256; sailboat = vehicles/ship/walnutBoat; airplane = vehicles/flight/planes/747;
    trophy = sports/trophy_cup; soccer ball = sports/soccer; basketball = sports/basketball;
    american football = sports/football; rugby football = sports/australian_rules_football;
    tennis = sports/tennis_racket; teddy bear = animals/mammals/bears/toys/edward_bear;
    trumpet = hobbies/music/brass/trumpet; guitar = hobbies/music/string/guitar2;
    violin = hobbies/music/string/violin; drum = hobbies/music/percussion/drum_tomtom_floor;
    camera = hobbies/camera_35mm; postbox = town/uk_post_box; paintbrush = household/tools/paintbrush_large;
    scissors = household/arttools/scissors_small_open; wastebasket = household/garbagecan; key = household/key;
    hammer = household/tools/hammer; carpentry saw = household/tools/saw; wrench = household/tools/wrench;
    toolbox = household/tools/toolbox; syringe = medical/syringe; adhesive bandage = medical/bandage_adhesive;
    stethoscope = medical/stethoscope; toilet = household/toilet; candle = seasonal/candle;
    Christmas tree = seasonal/christmas/Christmas_Tree_photo"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--packages", type=Path, default=HERE.parent / "build" / "things", help="where the .deb is, or is put"
    )
    parser.add_argument("--output", type=Path, default=HERE / "emoji" / "tuxpaint", help="where the files go")
    options = parser.parse_args()

    options.packages.mkdir(parents=True, exist_ok=True)
    with (HERE / "emoji" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        emoji = list(csv.DictReader(file))
    rows = matched(emoji)
    read_tuxpaint(fetch(PACKAGES["tuxpaint"], options.packages.resolve()), rows, TILE)
    for row in rows:
        if not LICENCES.fullmatch(row["licence"]):
            sys.exit(f"{row['path']} is under {row['licence']!r}, which this set does not take")
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        columns = ["name", "path", "author", "licence", "url"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_atlas([row["tile"] for row in rows], options.output / "photo.webp", QUALITY)
    page = credits_page("tuxpaint", rows, Path(__file__).name, TILE)
    (options.output / "LICENSES.md").write_text(page, "utf-8")
    print(f"{len(rows)} photographs, {(options.output / 'photo.webp').stat().st_size / 2**20:.2f} MiB")


def matched(emoji: list[dict]) -> list[dict]:
    """Name of the emoji and path of the stamp, in the order of the emoji."""
    stamps = dict(pair.strip().split(" = ") for pair in PHOTOS.split(";"))
    unknown = set(stamps) - {row["name"] for row in emoji}
    if unknown:
        sys.exit(f"PHOTOS names emoji that do not exist: {sorted(unknown)}")
    names = [row["name"] for row in emoji if row["name"] in stamps]
    return [{"name": name, "path": f"{stamps[name]}.png"} for name in names]


if __name__ == "__main__":
    main()
