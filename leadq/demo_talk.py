"""What is said in the demo: the segments of its contract, which the call loop reads out, and marketing's own mails."""

from __future__ import annotations

from typing import Final

SEGMENTS: Final = """
[segment.logistics]
when = "sector == 'logistics'"
talk_track = { fr = "Quais saturés et retards d’abord : combien de livraisons hors délai la semaine dernière ? Ensuite ce qu’un retard coûte en pénalités. Proposer une visite de vingt minutes de leur plan de charge.", en = "Start with full docks and late deliveries: how many missed their slot last week? Then what one late delivery costs in penalties. Offer twenty minutes on their own load plan." }
assets = [{ title = "Cas client Transports Morel, 18 % de retards en moins", url = "https://leadq.example/cas/morel" }]

[segment.hot]
when = "trigger in ['demo', 'pricing', 'contact']"
talk_track = { fr = "Remercier de la demande, puis demander ce qui l’a décidé cette semaine. Arrêts de ligne d’abord, coût du stock ensuite ; qui décide, et pour quand. Finir par une date de démonstration sur leurs données.", en = "Thank them for asking, then ask what made it this week. Downtime first, cost of stock second; who decides, and by when. End with a date for a demo on their own data." }
assets = [{ title = "Cas client Forges d’Ardèche", url = "https://leadq.example/cas/forges" }, { title = "Grille tarifaire 2026", url = "https://leadq.example/tarifs" }]

[segment.event]
when = "trigger == 'event'"
talk_track = { fr = "Rappeler l’échange sur le stand, et la question posée ce jour-là. Qu’ont-ils essayé depuis ? Proposer le compte rendu du salon contre dix minutes.", en = "Recall the talk at the stand and what they asked that day. What have they tried since? Offer the notes of the fair for ten minutes of their time." }
assets = [{ title = "Compte rendu du salon de Lyon", url = "https://leadq.example/salon-lyon" }]

[segment.content]
when = "true"
talk_track = { fr = "Demander quel chapitre les a arrêtés, et pourquoi maintenant. Écouter plus que présenter : taille du site, outil d’aujourd’hui, ce qui casse. Pas de prix au premier appel.", en = "Ask which chapter made them stop, and why now. Listen more than you present: size of the site, today’s tool, what breaks. No price on the first call." }
"""  # noqa: E501 - a talk track is read out as one paragraph, and is one value of the contract
"""TOML, to stand at the end of a contract."""

MAILS: Final = {
    "fr": (
        "Livre blanc : diviser par deux les arrêts de ligne",
        "Invitation au webinaire : le taux de service en clair",
        "Cas client Forges d’Ardèche : trois mois, un tiers de stock en moins",
    ),
    "en": (
        "White paper: half the downtime",
        "Webinar invitation: on time, in full, in plain words",
        "Case study Forges d’Ardèche: a third less stock in three months",
    ),
}
"""Language -> what marketing sent before it handed a lead over, newest first."""
