"""Swearing, in the plainest forms of seven languages: whole words, so that nobody's Scunthorpe is touched.

It marks heat, not abuse, and is short on purpose: no slurs, nothing that is somebody's name, no word that is also an
innocent one in another of the seven.
"""

from __future__ import annotations

from functools import cache

from amends.triage.lexing import Hashes, token_hashes

WORDS = {
    "en": "fuck fucks fucked fucker fuckers fuckin fucking motherfucker motherfucking bullshit shit shits shitty shite "
    "asshole assholes arsehole arseholes bastard bastards bitch bollocks damn damned goddamn dammit crap crappy wtf "
    "wanker wankers twat pissed dickhead dickheads dumbass",
    "de": "scheiß scheiße scheiss scheisse scheißladen scheissladen beschissen beschissene beschissener arschloch "
    "arschlöcher verarscht verarsche verarschung verdammt verdammte verdammter verfickt verfickte saftladen kacke",
    "fr": "merde merdes merdique putain connard connards connasse conneries bordel enculé enculés foutre salaud "
    "salauds dégueulasse emmerde chiant chiante",
    "es": "mierda mierdas joder jodido jodida jodidos cabrón cabrones coño hostia puta puto gilipollas gilipolleces "
    "pendejo pendejos chingada pinche hijueputa hdp",
    "it": "cazzo cazzata cazzate merdoso merdosa stronzo stronzi stronza stronzata stronzate vaffanculo coglione "
    "coglioni incazzato incazzata minchia",
    "pt": "porra caralho foda fodam fodase fodido fodida bosta filhodaputa desgraçado arrombado vtnc pqp",
    "nl": "kut klote klootzak klootzakken godverdomme verdomme verdomd kloten tering kankerzooi kutzooi teringzooi",
}


@cache
def hashes() -> Hashes:
    """Of all words, sorted, as `lexing` hashes tokens."""
    return token_hashes([word for words in WORDS.values() for word in words.split()])
