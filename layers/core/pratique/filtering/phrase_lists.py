"""The phrases that `signals.phrases` looks for. A * stands before the word that is the phrase's key: its rarest."""

from __future__ import annotations

from functools import cache

FAMILIES = {
    "advance-fee": "letters about a fortune that waits for help",
    "lottery": "letters about a prize",
    "credential": "letters that want somebody to log in",
    "parcel": "letters about a parcel that waits for a fee",
    "pills": "advertisements for medicine",
    "adult": "advertisements for sex",
    "loan": "offers of loans",
    "stock": "advice to buy a share",
    "replica": "offers of imitations",
    "software": "offers of cheap software",
    "degree": "offers of degrees",
    "casino": "invitations to gamble",
    "work": "offers of easy money",
    "crypto": "letters about crypto money",
    "extortion": "letters that threaten",
    "marketing": "the language of advertisements",
    "removal": "promises to take an address off a list",
}
_LISTS = {
    "advance-fee": """next of *kin / *deceased client / late *husband / *million dollars / *million united states / *million usd / *transfer of funds
        fund *transfer / my *bank *account|account / *confidential transaction / *barrister / *beneficiary / *inheritance / *inherit
        foreign *partner / *strictly confidential / urgent *reply / i am *contacting you / with due *respect / your *assistance
        security *company / *diplomatic / *unclaimed / *consignment / *auditor / god *bless / *contract sum / *atm card
        compensation *fund / *orphanage / *cancer / *widow / *nigeria / *burkina / *cotonou / *ghana / *lagos / *erbschaft / *nachlass
        *héritage / *herencia / *eredità / *herança / *humanitarian / *donation of / charity *foundation / *mutual benefit
        *risk free|risk""",
    "lottery": """*lottery / *lotto / *winning number / *winning numbers / you have *won / *claims agent / *sweepstake / *jackpot
        prize *award|award / *ballot / *promotion program|promotion / *winners / *gewonnen / *gewinner / *loterie / *lotería / *vincita
        *congratulations you / gift *card / *reward points|reward / *survey / *premio""",
    "credential": """verify your *account|verify / *verify your / confirm your *identity|identity / *confirm your / update your *billing|billing
        *suspended / account has been *limited|limited / unusual *activity|unusual / *unauthorized / *unauthorised / your *mailbox
        *mailbox is / *quota / storage *limit|storage / *password expires / your *password / *password will / *expire / log in to your|log
        sign in to|sign / *deactivated / *deactivation / *validate / *reactivate / account *information|information
        *security alert|alert / *konto / ihr *konto / *bestätigen / *gesperrt / *verifizieren / votre *compte / *vérifier
        *mettre à jour|mettre / su *cuenta / *verificar / *actualizar / sua *conta / *atualizar / *confermare / *aggiornare / uw *rekening
        *bevestigen / failed *delivery|delivery / pending *messages|messages / *webmail / *undelivered / access your *account|access
        *restore / avoid *interruption""",
    "parcel": """your *parcel / your *package / *delivery attempt / *shipping fee / *shipment / *tracking number|tracking / *customs / *redeliver
        *reschedule / *sendung / *paket / *zustellung / votre *colis / *livraison / su *paquete / *encomenda / *pacco / *pakket / *colis""",
    "pills": """*viagra / *cialis / *levitra / *xanax / *valium / *phentermine / *vicodin / *pharmacy / *prescription / online *drugs|drugs
        *erectile / *erection / *dosage / *generic / *weight loss|weight / lose *weight / *hgh / *human growth|growth / *penis
        *enlargement / *sildenafil / *tadalafil / anti *aging|aging / *pills / *medications / *meds / *keto / *cbd / *testosterone
        *blood sugar|sugar""",
    "adult": """*porn / *xxx / *horny / *sluts / *hardcore / *nude / adult *site|adult / *webcam / *teens / *lolita / *sex / *sexy / *orgasm
        *milf / *dating / *singles / *hot girls|girls / meet *women|women / *russian women|russian / *lonely / *fuck / *pussy""",
    "loan": """*mortgage / *refinance / *refinancing / *low rate|rate / interest *rates|rates / *bad credit|credit / *loan / *loans
        *pre-approved / *approved for / debt *consolidation|consolidation / *debt / *lenders / *equity / no *collateral|collateral
        *kredit / *prêt / *préstamo / *prestito / *empréstimo""",
    "stock": """*stock / *symbol / target *price|target / strong *buy|buy / *otc / *pinksheets / *investors / *forward-looking
        *forward looking|forward / *penny / *watch this / hot *pick|pick / *shares outstanding|outstanding / *breakout / *trading""",
    "replica": """*replica / *replicas / *rolex / *breitling / *cartier / *louis vuitton|vuitton / luxury *watches|watches / *watches / *handbags
        *gucci""",
    "software": """*oem / *adobe / *photoshop / *windows xp|xp / *office xp / *autocad / cheap *software|software / *software
        *macromedia / *norton""",
    "degree": """*diploma / *diplomas / university *degree|degree / *bachelors / *bachelor / *masters / no *classes|classes / *phd
        life *experience|experience / *non-accredited / *prestigious""",
    "casino": """*casino / *casinos / *poker / *roulette / *slots / *bet / *gamble / *gambling / free *spins|spins / *bonus / *blackjack""",
    "work": """work from *home|home / home *based|based / extra *income|income / *earn money / make *money / be your own *boss|boss
        financial *freedom|freedom / *mlm / *opportunity / per *week|week / *passive income|passive / *guaranteed / *investment / *profit
        *earn / *millionaire / *wealth""",
    "crypto": """*bitcoin / *btc / *crypto / *ethereum / *wallet / *usdt / *blockchain / *seed phrase|phrase / *airdrop / *nft
        *trading platform|platform""",
    "extortion": """i *recorded|recorded / your *webcam / *hacked / *malware on|malware / *pervert / send the *amount|amount / my *wallet / *masturbat
        *trojan / *embarrass / *compromising / hours to *pay|hours / *darknet / *videos of you|videos""",
    "marketing": """*click here|click / *click below / *order now|order / *buy now|buy / *limited time|limited / act *now|act / special *offer|offer
        *offer expires / no *obligation|obligation / *risk-free / money back *guarantee|guarantee / *satisfaction / *save up to|save
        *lowest prices|lowest / *free shipping / *discount / *cheap / *bargain / *toll free|toll / call *now|call / 100% *free|100
        *amazing / *incredible / *miracle / *secret / *unlimited / *bulk email|bulk / *targeted / *leads / *seo / *search engine|engine
        increase your *traffic|traffic / *jetzt / *gratis / *promoção / *oferta""",
    "removal": """to be *removed / *remove me / *removed from / opt *out|opt / *opt-out / *optout / *unsubscribe / no longer *wish|wish / *opt-in
        stop *receiving|receiving / *abmelden / *désinscrire / *desabonner / *cancelar / *darse de baja|darse / *disiscriviti
        *uitschrijven / *future mailings|mailings / one time *mailing|mailing / *mailing list|mailing / this is not *spam|spam
        *unsolicited / *senate bill|senate""",
}


@cache
def phrases_by_key() -> dict[str, tuple[tuple[str, str], ...]]:
    """Key word -> (phrase, family). Made once, with the first message."""
    keys: dict[str, tuple[tuple[str, str], ...]] = {}
    for family, text in _LISTS.items():
        for line in text.splitlines():
            for entry in line.split("/"):
                phrase, _, key = entry.strip().partition("|")
                marked = next((word[1:] for word in phrase.split() if word.startswith("*")), "")
                plain = phrase.replace("*", "")
                if plain:
                    keys[key or marked] = (*keys.get(key or marked, ()), (plain, family))
    return keys
