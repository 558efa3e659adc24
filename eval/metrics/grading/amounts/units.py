"""Units and currencies by the words that people write for them, and which of them measure the same thing."""

from __future__ import annotations

from fractions import Fraction

_WRITTEN = {
    "%": "% percent pct prozent pourcent porcent ％ per_cent pour_cent por_ciento", "‰": "‰ promille permille",
    "eur": "€ eur euro euros ユーロ 欧元 歐元 евро",
    "usd": "$ usd dollar dollars dólares dólar us$ ドル 美元 долларов",
    "gbp": "£ gbp pound pounds quid",
    "jpy": "¥ jpy yen 円 日元 日圆 日圓",
    "cny": "元 圆 圓 cny rmb yuan 人民币 人民幣",
    "chf": "chf franken",
    "inr": "₹ inr rupees rupee",
    "brl": "r$ brl reais",
    "pln": "zł pln złotych zlotych złote",
    "rub": "₽ rub руб рублей рубля рубль",
    "krw": "₩ krw",
    "cent": "cent cents ¢ pence centime centimes céntimo céntimos centimos p ct cts",
    "second": "second seconds sec secs s sekunde sekunden seconde secondes segundo segundos 秒",
    "minute": "minute minutes min mins minuten minuto minutos 分钟",
    "hour": "hour hours hr hrs h stunde stunden heure heures hora horas 小时 小時 時間 시간",
    "day": "day days tag tage tagen tages jour jours día días dia dias giorno giorni dag dagen dzień dni день дня дней 天 日間 日间 日",
    "week": "week weeks woche wochen semaine semaines semana semanas "
    "settimana settimane weken tydzień tygodnie tygodni неделя недели недель 周 星期 週間",
    "month": "month months monat monate monaten mois mes meses "
    "mese mesi maand maanden mês miesiąc miesiące miesięcy месяц месяца месяцев 个月 個月 か月 ヶ月 カ月 ヵ月 개월",
    "year": "year years yr yrs jahr jahre jahren an ans année années año años "
    "anno anni ano anos jaar rok lata lat год года лет 年 年間",
    "km": "km kilometre kilometres kilometer kilometers kilómetros 公里 キロメートル",
    "m": "m metre metres meter meters metros mètre mètres 米 メートル",
    "cm": "cm centimetre centimetres centimeter centimeters zentimeter 厘米 センチ センチメートル",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "mile": "mile miles meile meilen millas", "foot": "ft foot feet", "inch": "inch inches", "yard": "yard yards",
    "lb": "lb lbs", "ounce": "oz ounce ounces", "gallon": "gallon gallons", "ha": "ha hectare hectares hektar", "acre": "acre acres",
    "km2": "km2 square_kilometres square_kilometers square_kilometre square_kilometer sq_km quadratkilometer quadratkilometern",
    "m2": "m2 square_metres square_meters square_metre square_meter sqm sq_m quadratmeter quadratmetern",
    "m3": "m3 cubic_metres cubic_meters cubic_metre cubic_meter kubikmeter kubikmetern",
    "km/h": "km/h kph kmh", "mph": "mph",
    "kg": "kg kgs kilogram kilograms kilo kilos kilogramm 公斤 キログラム キロ",
    "g": "g gram grams gramm gramme grammes グラム", "t": "tonne tonnes tonnen",
    "°": "° degree degrees grad degrés grados",
    "°c": "°c °_c celsius degrees_celsius degree_celsius grad_celsius degrés_celsius grados_celsius 摄氏度",
    "°f": "°f °_f fahrenheit degrees_fahrenheit degree_fahrenheit grad_fahrenheit",
    "gb": "gb", "mb": "mb", "kb": "kb", "tb": "tb", "l": "l litre litres liter liters 升 リットル", "ml": "ml",
}  # fmt: skip
UNITS = {word.replace("_", " "): unit for unit, written in _WRITTEN.items() for word in written.split()}
"""Written form → unit."""
MONEY = ("eur", "usd", "gbp", "jpy", "cny", "chf", "inr", "brl", "pln", "rub", "krw")
_MEASURES: dict[str, dict[str, int] | dict[str, str]] = {
    "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400},
    "calendar": {"month": 1, "year": 12},
    "length": {
        "mm": "1",
        "cm": "10",
        "m": "1000",
        "km": "1000000",
        "mile": "1609344",
        "yard": "914.4",
        "foot": "304.8",
        "inch": "25.4",
    },
    "mass": {"g": 1, "kg": 1000, "t": 10**6},
    "mass in ounces": {"ounce": 1, "lb": 16},
    "volume": {"ml": 1, "l": 1000},
}
_SCALED = {unit: (measure, Fraction(factor)) for measure, units in _MEASURES.items() for unit, factor in units.items()}


_DEGREES = {"°c": (Fraction(1), Fraction(0)), "°f": (Fraction(5, 9), Fraction(-160, 9))}


def scale(unit: str) -> tuple[str, Fraction, Fraction]:
    """What a unit measures, how many of the smallest unit of that kind it is, and what is added: 24 months are 2 years, 68 °F are 20 °C."""
    if unit in _DEGREES:
        return ("temperature", *_DEGREES[unit])
    return (*_SCALED.get(unit, (unit, Fraction(1))), Fraction(0))


def adds_up(larger: str, smaller: str) -> Fraction | None:
    """How many of the smaller unit the larger one is, where people name them in one breath: `1 h 30 min`, `5 ft 11 inches`."""
    (kind, many, _), (other, few, _) = scale(larger), scale(smaller)
    return many / few if larger in _SCALED and kind == other and many > few and kind != "volume" else None
