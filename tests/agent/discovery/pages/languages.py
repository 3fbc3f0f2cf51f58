"""One page for each language, with neutral names, so that only the texts could say what it is."""

from __future__ import annotations

from tests.agent.discovery.pages.site import SitePage

# What the page asks for, its button, and what it says to a wrong and to a right answer.
TEXTS = {
    "Arabic": ("أدخل الرمز الظاهر", "إرسال", "الرمز غير صحيح", "شكرا لك"),
    "Bulgarian": ("Въведете кода от картинката", "Изпрати", "Грешен код", "Благодарим Ви"),
    "Chinese": ("请输入图中的字符", "提交", "验证码错误", "谢谢"),
    "Croatian": ("Upišite kod sa slike", "Pošalji", "Pogrešan kod", "Hvala"),
    "Czech": ("Opište kód z obrázku", "Odeslat", "Kód není správný", "Děkujeme"),
    "Danish": ("Skriv koden fra billedet", "Send", "Koden er forkert", "Mange tak"),
    "Dutch": ("Neem de tekens over", "Versturen", "De code klopt niet", "Bedankt"),
    "English": ("Type what you see", "Send", "That is not right", "Thank you"),
    "Finnish": ("Kirjoita kuvan merkit", "Lähetä", "Väärä koodi", "Kiitos"),
    "French": ("Recopiez les caractères", "Envoyer", "Le code est faux", "Merci"),
    "German": ("Zeichen abtippen", "Absenden", "Der Code stimmt nicht", "Vielen Dank"),
    "Greek": ("Πληκτρολογήστε τον κωδικό", "Αποστολή", "Λάθος κωδικός", "Ευχαριστούμε"),
    "Hebrew": ("הקלידו את הקוד", "שליחה", "הקוד שגוי", "תודה"),
    "Hindi": ("चित्र का कोड लिखें", "भेजें", "कोड गलत है", "धन्यवाद"),
    "Hungarian": ("Írja be a képen látható kódot", "Küldés", "Hibás kód", "Köszönjük"),
    "Indonesian": ("Ketik kode pada gambar", "Kirim", "Kode salah", "Terima kasih"),
    "Italian": ("Digita i caratteri", "Invia", "Il codice è errato", "Grazie"),
    "Japanese": (
        "画像の文字を入力してください",
        "送信",
        "文字が違います",
        "ありがとうございます",
    ),
    "Korean": ("그림의 문자를 입력하세요", "보내기", "코드가 틀렸습니다", "감사합니다"),
    "Polish": ("Przepisz kod z obrazka", "Wyślij", "Błędny kod", "Dziękujemy"),
    "Portuguese": ("Digite os caracteres", "Enviar", "O código está errado", "Obrigado"),
    "Romanian": ("Scrieți codul din imagine", "Trimite", "Cod greșit", "Mulțumim"),
    "Russian": ("Введите символы", "Отправить", "Код введён неверно", "Спасибо"),
    "Spanish": ("Escriba los caracteres", "Enviar", "El código es incorrecto", "Gracias"),
    "Swedish": ("Skriv av tecknen", "Skicka", "Fel kod", "Tack"),
    "Turkish": ("Resimdeki kodu yazın", "Gönder", "Kod yanlış", "Teşekkürler"),
    "Ukrainian": ("Введіть код з малюнка", "Надіслати", "Невірний код", "Дякуємо"),
    "Vietnamese": ("Nhập mã trong hình", "Gửi", "Mã không đúng", "Cảm ơn bạn"),
}

FORM = """<form method=post action=/check><p>{ask}</p><p><img id=a src=/picture></p>
<p><input id=b name=b></p><p><button id=c>{send}</button></p></form>"""

# Each page, and the selectors that `init` must find.
LANGUAGES = {
    language: (
        SitePage(FORM.format(ask=ask, send=send), f"<p>{wrong}</p>", f"<h2>{right}</h2>"),
        {
            "picture": "#a",
            "input": "#b",
            "submit": "#c",
            "failure": f'p:text-is("{wrong}")',
            "success": f'h2:text-is("{right}")',
        },
    )
    for language, (ask, send, wrong, right) in TEXTS.items()
}
