"""Forms as other sites have them, in other markup and other languages, and what `init` finds."""

from __future__ import annotations

from tests.agent.discovery.pages.site import SitePage

# The form, its parts, what it says to a wrong and to a right answer, and how these are found.
_FORMS = {
    "German, no ids": (
        """<header><img src=/logo.png width=220 height=60 alt="Stadtwerke"></header>
        <form method=post action=/><table>
        <tr><td>Sicherheitscode</td><td><img src=/picture?id=8234 width=310 height=80></td></tr>
        <tr><td>Bitte die Zeichen abtippen</td><td><input name=eingabe></td></tr>
        </table><a href="/">Anderes Bild</a><button>Absenden</button></form>""",
        {
            "picture": "form img",
            "input": 'input[name="eingabe"]',
            "submit": "button",
            "refresh": 'a[href="/"]',
        },
        ("<p class=fehler>Der Code war falsch.</p>", "<p class=meldung>Vielen Dank!</p>"),
        {"failure": "p.fehler", "success": "p.meldung"},
    ),
    "Russian": (
        """<form method=post action=/><label>Введите цифры с картинки <input name=kod></label>
        <img src=/picture width=310 height=80 alt="капча" title="Нажмите, чтобы обновить картинку"
          onclick="this.src = '/picture?' + Math.random()">
        <input type=submit value="Отправить"></form>""",
        {
            "picture": 'img[alt="капча"]',
            "input": 'input[name="kod"]',
            "submit": 'input[value="Отправить"]',
            "refresh": 'img[alt="капча"]',
        },
        ("<div>Неверный код</div>", "<div>Спасибо, код принят</div>"),
        {
            "failure": 'div:text-is("Неверный код")',
            "success": 'div:text-is("Спасибо, код принят")',
        },
    ),
    "Spanish, an input without a form": (
        """<div class=caja><p>Introduzca el código de seguridad de la imagen</p>
        <img class=codigo src=/picture width=310 height=80>
        <span onclick="document.querySelector('.codigo').src = '/picture?' + Math.random()"
          class=otra>Otra imagen</span>
        <input class=respuesta><button class=enviar onclick="enviar()">Enviar</button></div>
        <p id=aviso></p>
        <script>async function enviar() {
            const texto = document.querySelector(".respuesta").value;
            const hecho = await fetch("/?" + new URLSearchParams({texto}), {method: "POST"});
            document.querySelector("#aviso").innerHTML = await hecho.text();
        }</script>""",
        {
            "picture": "img.codigo",
            "input": "input.respuesta",
            "submit": "button.enviar",
            "refresh": "span.otra",
        },
        ("<b class=error>Código incorrecto</b>", "<b class=correcto>¡Éxito!</b>"),
        {"failure": "b.error", "success": "b.correcto"},
    ),
    "Chinese, with other pictures about": (
        """<img src=/logo.png width=300 height=80 class=logo><img src=/logo.png width=120 height=90>
        <form method=post action=/><input name=q placeholder=搜索><button>搜索</button></form>
        <form method=post action=/><img id=yzm src=/picture width=310 height=80>
        <a href="#" onclick="yzm.src = '/picture?' + Math.random()">看不清？换一张</a>
        <input id=code name=code placeholder=请输入验证码 maxlength=6>
        <button>提交</button></form>""",
        {
            "picture": "#yzm",
            "input": "#code",
            "submit": "form:has(#yzm) button",
            "refresh": 'a[href="#"]',
        },
        ("<p class=cuowu>验证码错误</p>", "<p class=chenggong>验证成功</p>"),
        {"failure": "p.cuowu", "success": "p.chenggong"},
    ),
    "a canvas, a reload link, generated ids": (
        """<form method=post action=/ class=check><p>Type the 6 digits of the picture</p>
        <canvas id=c_RANDOM width=310 height=80></canvas>
        <a href="javascript:location.reload()">Reload the picture</a>
        <input id=f_RANDOM name=f_RANDOM placeholder="Six digits">
        <button type=submit>Check</button></form>
        <script>const image = new Image();
            const drawing = document.querySelector("canvas").getContext("2d");
            image.onload = () => drawing.drawImage(image, 0, 0);
            image.src = "/picture";</script>""",
        {
            "picture": "canvas",
            "input": 'input[placeholder="Six digits"]',
            "submit": 'button[type="submit"]',
            "refresh": 'a[href="javascript:location.reload()"]',
        },
        ("<p role=alert>Wrong digits, 2 attempts left</p>", "<h2>Thank you</h2>"),
        {"failure": 'p[role="alert"]', "success": 'h2:text-is("Thank you")'},
    ),
    "a box for each digit, shared name": (
        """<form method=post action=/><img alt=captcha src=/picture width=310 height=80>
        <div class=row>"""
        + "<span><input name=digit maxlength=1 size=1></span>" * 6
        + """</div><input type=hidden name=token value=1><button>Verify</button></form>""",
        {
            "picture": 'img[alt="captcha"]',
            "input": "div.row",
            "submit": "button",
        },
        ("<p class=error>Incorrect code</p>", "<p class=success>Correct</p>"),
        {"failure": "p.error", "success": "p.success"},
    ),
}

# Each page, and the selectors that `init` must find.
MARKUP = {
    name: (SitePage(form, *said), {**parts, **messages})
    for name, (form, parts, said, messages) in _FORMS.items()
}
