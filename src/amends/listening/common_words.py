"""Words so frequent in posts that looking a query up under one of them would bring it to mind for nothing."""

from __future__ import annotations

_ENGLISH = """
a about after again all also always am amp an and another any anyone are as ask at away back bad be because been
before being best better big but by call can cant come could customer day days did didn do does doesn doing don done
down even ever every everyone fix for from get gets getting give go going gone good got great guys had happy has have
haven he hello help her here hey hi him his home hour hours how i if im in into is isn it its just keep know last late
later least left less let like line ll lol long look lost love made make makes man many me mean minutes money more
most much must my need never new next nice night no not nothing now number of off oh ok old on once one only or order
other our out over own people phone place please problem put rather re real really right said same say see seems seen
send sent service she should since so some someone something soon sorry still stop such sure take team tell than thank
thanks that the their them then there these they thing things think this those though thought time times to today told
tomorrow tonight too took tried trying two u under until up update ur us use used using ve very via waiting wait want
was wasn way we week well went were what when where which while who why will wish with won wont work working world worst
would wow wrong yeah year years yes yesterday yet you your
"""
_EUROPEAN = """
aber al alles als am an ao as auch auf aus avec bei bem bin bis bon ce che ci com como con cosa da dans das de del dem
den der des di dich die do dos du e ein eine einen el elle em en er es est esta et eu fait foi fois fur gibt ha haben
hat hay het hoy ich ihr il im in io ist je jetzt kann kein la las le les lo los ma mais man mas me mehr mein mi mir
mit mon muy na nach nada nao ne nein nicht no noch non nos nous nur o oder ou para pas per perche piu plus por pour
pra quand que quel qui sao se si sich sie sin sind so son sono sta su sua sui sur te tem todo tu um uma un una und uns
van ver vi voce von vor vous was wenn wie wieder wir wird y ya yo zu zum zur
"""
_WEB = "rt via http https www com net org co t html amp gt lt"

COMMON = frozenset(f"{_ENGLISH} {_EUROPEAN} {_WEB}".split())
"""Folded words, of the languages that Amends' own tests speak and of the web's addresses."""
