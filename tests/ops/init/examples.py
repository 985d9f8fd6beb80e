"""Small files of the kinds that shops and public data sets have, with invented content: 120 users
who like the products of their own group.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

USERS, ITEMS, GROUPS = 120, 60, 4
START, DAY = 1_600_000_000, 86_400
WORDS = ("cats and dogs", "old ships", "rain and wind", "bread and salt")


class Row(NamedTuple):
    """A user and an item from 1 on, whether it is liked, and when (seconds since 1970)."""

    user: int
    item: int
    likes: bool
    time: int


def rows(seed: int = 7) -> list[Row]:
    """Interactions: 5 to 9 of the user's own group, 2 of others."""
    dice = random.Random(seed)
    found = []
    for user in range(1, USERS + 1):
        own = [item for item in range(1, ITEMS + 1) if item % GROUPS == user % GROUPS]
        other = [item for item in range(1, ITEMS + 1) if item not in own]
        items = dice.sample(own, dice.randint(5, 9)) + dice.sample(other, 2)
        dice.shuffle(items)
        for at, item in enumerate(items):
            time = START + user * 5000 + at * 3 * DAY + dice.randint(0, DAY)
            found.append(Row(user, item, item in own, time))
    return found


def stars(row: Row) -> int:
    return 4 + row.time % 2 if row.likes else 1 + row.time % 3


def half_stars(row: Row) -> float:
    return (4.0, 4.5, 5.0)[row.time % 3] if row.likes else (0.5, 1.0, 2.5)[row.time % 3]


def written(time: int, form: str) -> str:
    return datetime.fromtimestamp(time, UTC).strftime(form)


# ---- the files: names, and what stands in them ----
def movielens() -> dict[str, bytes]:
    """ratings.csv and movies.csv of MovieLens."""
    ratings = [f"{r.user},{r.item},{half_stars(r)},{r.time}" for r in rows()]
    movies = [
        f'{item},"Film of {WORDS[item % GROUPS]}, The (19{60 + item % 40})",Drama|Film'
        for item in range(1, ITEMS + 1)
    ]
    return {
        "ratings.csv": _lines("userId,movieId,rating,timestamp", ratings),
        "movies.csv": _lines("movieId,title,genres", movies),
    }


def movielens_dat() -> dict[str, bytes]:
    """ratings.dat of MovieLens 1M."""
    texts = [f"{r.user}::{r.item}::{stars(r)}::{r.time - 620_000_000}" for r in rows()]
    return {"ratings.dat": _lines(*texts[:1], texts[1:])}


def movielens_100k() -> dict[str, bytes]:
    """u.data of MovieLens 100K."""
    texts = [f"{r.user}\t{r.item}\t{stars(r)}\t{r.time - 720_000_000}" for r in rows()]
    return {"u.data": _lines(*texts[:1], texts[1:])}


def amazon() -> dict[str, bytes]:
    """Reviews and metadata of Amazon Reviews 2023."""
    reviews = [
        {
            "rating": float(stars(r)),
            "title": "Nice" if r.likes else "Bad",
            "text": f'I read it.\nBook {r.item} "is" it' if r.likes else "Not for me",
            "images": [],
            "asin": f"A{r.item:04}",
            "parent_asin": f"B{r.item:04}",
            "user_id": f"AE{r.user:05}",
            "timestamp": r.time * 1000,
            "helpful_vote": 0,
            "verified_purchase": True,
        }
        for r in rows()
    ]
    meta = [
        {
            "main_category": "Books",
            "title": f"Book {item} of {WORDS[item % GROUPS]}",
            "average_rating": 4.2,
            "features": ["Paperback"],
            "description": [f"A story about {WORDS[item % GROUPS]}."],
            "price": None if item % 3 else 9.99,
            "store": f"House {item % GROUPS}",
            "details": {"Pages": "120"},
            "parent_asin": f"B{item:04}",
        }
        for item in range(1, ITEMS + 1)
    ]
    return {"Books.jsonl": _json_lines(reviews), "meta_Books.jsonl": _json_lines(meta)}


def shopify() -> dict[str, bytes]:
    """An orders export of Shopify: purchases, a line of an order a row."""
    header = (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,"
        "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Vendor,Id"
    )
    texts = [
        f"#{1000 + at},u{r.user}@example.com,{'paid' if at % 3 else ''},,USD,10.00,12.00,"
        f"{written(r.time, '%Y-%m-%d %H:%M:%S')} +0700,1,"
        f'"Tea {r.item}, {WORDS[r.item % GROUPS]}",10.00,SKU-{r.item:03},Tea House,{at}'
        for at, r in enumerate(row for row in rows() if row.likes)
    ]
    return {"orders_export.csv": _lines(header, texts)}


def woocommerce() -> dict[str, bytes]:
    """A reviews export of WooCommerce: guests have the user id 0."""
    header = (
        "comment_ID,comment_post_ID,comment_author,comment_author_email,comment_date,"
        "comment_date_gmt,comment_content,comment_approved,user_id,product_SKU,product_title,"
        "rating,verified"
    )
    texts = [
        f"{at},{100 + r.item},User {r.user},u{r.user}@example.com,"
        f"{written(r.time + 7 * 3600, '%Y-%m-%d %H:%M:%S')},"
        f"{written(r.time, '%Y-%m-%d %H:%M:%S')},"
        f'"{"Good, I like it" if r.likes else "Too thin"}",1,0,,'
        f"Shirt with {WORDS[r.item % GROUPS]},{stars(r)},1"
        for at, r in enumerate(rows())
    ]
    return {"product_reviews.csv": _lines(header, texts)}


def retailrocket() -> dict[str, bytes]:
    """Events as those of RetailRocket: each thing that is liked is viewed and put into the cart."""
    texts = list(_events())
    return {
        "events.csv": _lines("timestamp,visitorid,event,itemid,transactionid", texts)
    }


def _events() -> Iterator[str]:
    for r in rows():
        yield f"{r.time * 1000},{r.user},view,{r.item},"
        if r.likes:
            yield f"{r.time * 1000 + 60_000},{r.user},addtocart,{r.item},"
        if r.likes and r.time % 5 < 3:
            yield f"{r.time * 1000 + 120_000},{r.user},transaction,{r.item},{r.time}"


def excel() -> dict[str, bytes]:
    """An export of Excel: semicolons, latin-1, DD/MM/YYYY, decimal commas."""
    texts = [
        f"K{r.user:03};Käse-{r.item:02};{str(half_stars(r)).replace('.', ',')};"
        f"{written(r.time, '%d/%m/%Y')};"
        f'"{"Sehr schön, größer als gedacht" if r.likes else "Zu klein; leider"}"\r'
        for r in rows()
    ]
    header = "Kunde;Artikel;Bewertung;Datum;Bemerkung\r"
    return {"bewertungen.csv": _lines(header, texts, "cp1252")}


def purchases() -> dict[str, bytes]:
    """Purchases without ratings."""
    texts = [
        f"c{r.user},s{r.item},{written(r.time, '%Y-%m-%dT%H:%M:%SZ')},1"
        for r in rows()
        if r.likes
    ]
    return {"purchases.csv": _lines("customer_id,sku,purchased_at,quantity", texts)}


def one_file() -> dict[str, bytes]:
    """One CSV, with names that nobody else has."""
    texts = [
        f"{r.user},i{r.item},{stars(r)},{written(r.time, '%d.%m.%Y %H:%M')},"
        f"{'fine' if r.likes else 'bad'}"
        for r in rows()
    ]
    return {"one.csv": _lines("user,item,stars,when,review", texts)}


def _lines(header: str, texts: list[str], encoding: str = "utf-8") -> bytes:
    return "".join(f"{text}\n" for text in (header, *texts)).encode(encoding)


def _json_lines(found: list[dict[str, object]]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in found).encode()


class Example(NamedTuple):
    """Files, the rest of the command line behind their names, a user of the shop, and what becomes
    of them: rows, users, products.
    """

    make: Callable[[], dict[str, bytes]]
    options: str
    user: str
    rows: int
    products: int = ITEMS

    def write(self, folder: Path) -> list[Path]:
        """Write the files; where they are."""
        paths = []
        for name, content in self.make().items():
            (folder / name).write_bytes(content)
            paths.append(folder / name)
        return paths


EXAMPLES = {
    "movielens": Example(movielens, "", "5", 1056),
    "movielens_dat": Example(movielens_dat, "", "5", 1056),
    "movielens_100k": Example(movielens_100k, "", "5", 1056),
    "amazon": Example(amazon, "", "AE00005", 1056),
    "shopify": Example(shopify, "", "u5@example.com", 816),
    "woocommerce": Example(
        woocommerce, "--zone Asia/Ho_Chi_Minh", "u5@example.com", 1056
    ),
    "retailrocket": Example(retailrocket, "", "5", 2358),
    "excel": Example(excel, "--zone Europe/Berlin", "K005", 1056),
    "purchases": Example(purchases, "", "c5", 816),
    "one_file": Example(one_file, "--zone Asia/Ho_Chi_Minh", "5", 1056),
}
