"""A small story in several languages, written for the judge, and the lines of menus."""

from __future__ import annotations

STORIES = {
    "en": [
        "The ferry leaves the island every morning before the sun comes over the hills.",
        "An old man sells bread at the pier and knows the name of every passenger.",
        "When the fog is thick, the captain waits, and nobody on board complains.",
    ],
    "de": [
        "Die Fähre verlässt die Insel jeden Morgen, bevor die Sonne über die Hügel kommt.",
        "Ein alter Mann verkauft am Anleger Brot und kennt den Namen jedes Fahrgastes.",
        "Wenn der Nebel dicht ist, wartet der Kapitän, und niemand an Bord beschwert sich.",
    ],
    "fr": [
        "Le bac quitte l’île chaque matin, avant que le soleil ne passe au-dessus des collines.",
        "Un vieil homme vend du pain sur la jetée et connaît le nom de chaque passager.",
        "Quand le brouillard est épais, le capitaine attend, et personne à bord ne se plaint.",
    ],
    "es": [
        "El barco sale de la isla cada mañana, antes de que el sol pase por encima de las colinas.",
        "Un hombre viejo vende pan en el muelle y conoce el nombre de todos los pasajeros.",
        "Cuando la niebla es espesa, el capitán espera, y nadie a bordo se queja.",
    ],
    "ru": [
        "Паром покидает остров каждое утро, прежде чем солнце поднимается над холмами.",
        "Старик продаёт на пристани хлеб и знает имя каждого пассажира.",
        "Когда туман густой, капитан ждёт, и никто на борту не жалуется.",
    ],
    "ja": [
        "渡し船は毎朝、太陽が丘の上に昇る前に島を出ます。",
        "桟橋では年老いた男がパンを売っていて、乗客の名前をみんな知っています。",
        "霧が濃いときには船長は待ち、船の上では誰も文句を言いません。",
    ],
    "zh": [
        "每天早晨，太阳还没有升到山上，渡船就离开了小岛。",
        "一位老人在码头上卖面包，他知道每一位乘客的名字。",
        "雾很浓的时候，船长就等着，船上没有人抱怨。",
    ],
}

BEGINNINGS = [
    "Skip to main content", "Home", "About us", "Contact", "Search this site", "Log in or register",
    "Follow us on social media", "Subscribe to our newsletter", "Terms of use", "Privacy policy",
    "Read more articles", "Share this page with your friends",
]  # fmt: skip
