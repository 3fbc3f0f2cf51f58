"""What speaks for an element, and what against it: all words and weights, in one place.

A pattern is looked for in what an element says of itself (`spoken`), and in the text about it for
half of its weight. Languages: English, German, French, Spanish, Portuguese, Italian, Russian,
Polish, Chinese, Japanese.
"""

from __future__ import annotations

import re

Weights = dict[str, float]

# A captcha, whether in the picture's words or in the field's.
CAPTCHA: Weights = {
    r"ca?ptcha|kapcha|капч|验证码|驗證碼|校验码|認証": 8,
    r"v(alidate|eri(fy|fication)?)? ?code|(auth|check|rand|img|image|secur\w*) ?code|码": 3,
    r"secur|sicherheit|segurid|seguran|sécurit|sicurezz|защит|безопас|bezpiecz|安全": 3,
    r"verif|prüf|pruef|comprob|vérif|провер|weryfik|验证|確認": 3,
    r"robot|human|spam|\bbot\b|mensch|человек|机器人": 3,
    r"\bcode\b|sicherheitscode|zahlencode|\bkod\b|c[oó]digo|codice|\bкод": 2,
    r"digit|characters?\b|letters|ziffern|zeichen|buchstaben|d[ií]gitos|cifras|caract|letras"
    r"|chiffres|lettres|caratteri|цифр|символ|букв|znak|数字|字符|字母|文字": 2,
    r"picture|\bimage|\bbild|abbildung|im[aá]gen|imagem|immagine|картинк|изображен|рисунк|obraz"
    r"|图片|图像|圖|画像": 1,
}
NOT_THE_PICTURE: Weights = {
    r"logo|banner|avatar|\bicon|\bflag\b|sponsor|\bads?\b|profil|photo|\bfoto|header|\bqr\b": -8,
    r"product|artikel|produkt|banner|slide|spinner|loading": -6,
}
NOT_THE_FIELD: Weights = {
    r"user|e-?mail|passw|\blogin\b|benutzer|usuario|utente|логин|почт|парол|имя|用户|邮箱|密码|账号": -8,
    r"search|suche|buscar|recherche|cerca|поиск|搜索|\bq\b|query|newsletter": -8,
    r"phone|telefon|mobile|телефон|手机|sms|短信|totp|\botp\b|2fa": -8,
    r"first ?name|last ?name|\bname\b|nombre|vorname|nachname|姓名": -4,
    r"\bzip\b|postal|postcode|\bplz\b|coupon|gutschein|promo|cup[oó]n|индекс|vin\b|country": -8,
}

SUBMIT: Weights = {
    r"submit|send|absenden|senden|enviar|envoyer|invia|отправ|wyślij|提交|发送|送信": 4,
    r"log ?in|sign ?in|anmelden|einloggen|entrar|iniciar|accedi|войти|вход|zaloguj|登录|登陆": 4,
    r"continue|weiter|next\b|\bok\b|confirm|bestätig|continuar|далее|продолж|подтверд|确定|确认|下一步": 3,
    r"check|verify|prüfen|verificar|valider|verifica|провер|验证": 3,
    r"renew|register|registr|download|post\b|save|speichern|guardar|сохран|注册|保存": 2,
    r"search|suche|buscar|поиск|搜索|cancel|abbrech|cancelar|annul|отмен|取消|reset|zurück": -8,
    r"forgot|vergessen|olvid|забы|忘记|help|hilfe|ayuda|помощ": -8,
}
REFRESH: Weights = {
    r"refresh|reload|regenerat|recarg|neu laden|rafra|ricarica|обнов|odśwież|刷新|換|换|更新": 6,
    r"another|different|anderes?\b|\botr[ao]\b|\boutr[ao]\b|\bautre|\baltr[ao]\b|друг(ой|ую|ая)|inny": 5,
    r"(can.?t|cannot|not|nicht|no) (read|see|lesen|erkenn|legible|ve)|unreadable|unleserlich"
    r"|ilegible|illisible|не (вид|разб|чит)|看不清|重新": 5,
    r"new (image|picture|code|captcha|one)|neue[rs]? (bild|code)|nuev[ao] (imagen|c[oó]digo)"
    r"|nova (imagem)|нов(ый|ая|ую) (код|карт)": 5,
    r"change|ändern|aktualis|actualiz|cambiar|смен|\bnew\b|\bneues?\b|\bnuev[ao]\b|\bнов": 4,
    "[↻⟳🔄♻]": 6,
    r"audio|hören|\bson\b|звук|语音|speak|listen|help|hilfe|info": -8,
    r"regist|account|konto|sign ?up|passw|forgot|vergessen|cuenta|registr|аккаунт|парол|注册|忘记|密码"
    r"|language|sprache|idioma|язык|语言": -8,
}
DISMISS: Weights = {
    r"accept|agree|allow|akzept|zustimm|einverstand|acept|aceitar|accepter|accett|прин|соглас"
    r"|zgad|同意|接受": 5,
    r"\bok\b|okay|got it|verstanden|entendido|entendi|compris|capito|понятно|хорошо|知道|好的": 5,
    r"close|schlie|cerrar|fechar|fermer|chiudi|закры|关闭|dismiss|[×✕✖]|^x$": 4,
    r"reject|decline|necessary|ablehn|notwendig|rechaz|refus|rifiut|отклон|拒绝": 3,
    r"setting|option|einstell|more\b|mehr|policy|datenschutz|privacy|ajust|настро|设置": -6,
}
FAILURE: Weights = {
    r"fail|error|wrong|incorrect|invalid|mismatch|danger|reject|not (what|right|match|correct)": 4,
    r"\balert\b": 1,
    r"fehl|falsch|ungültig|stimmt nicht|nicht (richtig|korrekt)|inv[aá]lid|err[oó]ne|erro\b|erreur"
    r"|incorrec|sbagliat|errat|неверн|неправильн|ошибк|błęd|错误|不正确|有误|失败|誤": 4,
    r"expired|again|abgelaufen|erneut|noch einmal|de nuevo|otra vez|истек|снова|ещё раз|过期|重试": 2,
    r"warn|notice|message|meldung|mensaje|status|polite|assertive|сообщ": 1,
}
SUCCESS: Weights = {
    r"success|\bok\b|\bcorrect\b|\baccepted|welcome|thank|congrat|\bdone\b|passed|\bvalid\b": 4,
    r"erfolg|(?<!nicht )richtig|willkommen|danke|geschafft|éxito|exito|\bcorrecto|bienvenid|gracias|sucesso"
    r"|obrigad|succès|merci|bienvenue|successo|grazie|benvenut|успешн|\bверно|добро|спасибо|(?<!не )принят"
    r"|sukces|dzięku|成功|欢迎|谢谢|(?<!不)正确|(?<!未)通过": 4,
    r"message|meldung|mensaje|status|polite|сообщ": 2,
}

# What a captcha looks like, in CSS pixels.
WIDTHS = (55, 520)
HEIGHTS = (18, 220)
SHAPE = 4.0  # for being of that size
BROAD = 2.0  # for being wider than high, as a line of characters is
SAME_FORM = 4.0  # for picture and field, or field and button, of one form
CLOSE = 3.0  # for lying within NEAR of one another
NEAR = 120.0  # pixels
FAR = 400.0  # pixels, beyond which two things do not belong together outside of a form
IN_ORDER = 1.0  # for a field that comes after its picture, and a button after its field
BOXES = 3.0  # for a row of boxes
SHORT = 1.0  # for a field that takes 3 to 10 characters
SUBMITS = 6.0  # for a button that sends its form

# How much is enough.
ENOUGH_WORDS = 3.0  # that speak of a captcha, of picture and field together
ENOUGH_CAPTCHA = 10.0  # in all
ENOUGH_SUBMIT = 4.0
ENOUGH_REFRESH = 3.0


def spoken(text: str) -> str:
    """Words as a person would write them: `captchaImg_2` is `captcha img 2`."""
    apart = re.sub(r"([a-zß-ÿа-яё])([A-ZÀ-ÞА-ЯЁ])", r"\1 \2", text)
    return " ".join(re.sub(r"[_\-./:#+=?&]", " ", apart).lower().split())


def weigh(text: str, weights: Weights) -> tuple[float, list[str]]:
    """The sum of the weights of the patterns that `text` has, and the words that speak for it."""
    points, words = 0.0, []
    for pattern, weight in weights.items():
        found = re.search(pattern, text)
        if found:
            points += weight
            if weight > 0:
                words.append(found[0].strip())
    return points, words
