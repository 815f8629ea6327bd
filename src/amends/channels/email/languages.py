"""The words by which mail programs, in the languages of their users, say whose mail follows, and what sent this one."""

from __future__ import annotations

import re

# For having written, in "On Tue, 12 Mar 2024 at 10:11, Ann Lee <ann@example.org> wrote:".
WROTE = (
    "wrote", "writes", "schrieb", "geschrieben", "a écrit", "écrit", "escribió", "ha scritto", "scrisse", "escreveu",
    "schreef", "skrev", "kirjoitti", "napisał", "napisała", "napisał(a)", "pisze", "napsal", "napsala", "napsal(a)",
    "napísal", "пишет", "написал", "написала", "написал(а)", "пише", "yazdı", "şunu yazdı", "írta", "a scris", "έγραψε",
    "写道", "寫道", "님이 작성", "님이 씀", "のメール", "書きました", "写道", "đã viết", "menulis",
)  # fmt: skip

# What begins such a line that is broken into several: "On Tue, ...", "Le mar. 12 mars ...", "wt., 12 mar 2024 ...".
BEGINS = re.compile(
    r"[\W_]*(?:(?:On|Am|Le|El|Il|Em|Op|Den|På|W dniu|Dne|Dňa|A|Vào|Pada|Στις)\b|[^\W\d]{2,4}\.?,|\d|在|于)[^\n]*\d",
    re.I,
)

# Outlook's block above the mail that is answered.
FROM = (
    "From", "Von", "De", "Da", "Van", "Från", "Fra", "Od", "От", "Lähettäjä", "Gönderen", "Feladó", "Expéditeur",
    "Absender", "Remitente", "差出人", "发件人", "寄件者", "보낸 사람",
)  # fmt: skip
SENT = (
    "Sent", "Date", "Gesendet", "Datum", "Envoyé", "Envoyé le", "Enviado", "Enviado el", "Enviada em", "Data",
    "Inviato", "Verzonden", "Skickat", "Sendt", "Dato", "Wysłano", "Отправлено", "Дата", "Lähetetty", "Gönderildi",
    "Odesláno", "Fecha", "送信日時", "日付", "发送时间", "日期", "寄件日期", "보낸 날짜",
)  # fmt: skip
TO = (
    "To", "An", "À", "Para", "A", "Aan", "Till", "Til", "Do", "Komu", "Кому", "Vastaanottaja", "Kime", "Cc", "Kopie",
    "宛先", "收件人", "收件者", "받는 사람",
)  # fmt: skip
SUBJECT = (
    "Subject", "Betreff", "Objet", "Asunto", "Assunto", "Oggetto", "Onderwerp", "Ämne", "Emne", "Temat", "Předmět",
    "Тема", "Aihe", "Konu", "件名", "主题", "主旨", "제목",
)  # fmt: skip

# What telephones and programs add below a mail: "Sent from my iPhone".
APPLIANCES = (
    r"Sent (?:from|via|with) .{2,60}",
    r"Get Outlook for .{2,30}",
    r"Von meinem .{2,40} gesendet",
    r"Gesendet (?:mit|von|aus) .{2,60}",
    r"Diese Nachricht wurde von .{2,50} gesendet\.?",
    r"(?:Outlook|Holen Sie sich Outlook) für .{2,30}",
    r"Envoyé (?:de|depuis|à partir de) .{2,60}",
    r"(?:Télécharger|Obtenir) Outlook .{2,30}",
    r"Enviado (?:desde|do|a partir do) .{2,60}",
    r"Obtener Outlook .{2,30}",
    r"Inviato da .{2,60}",
    r"Verzonden (?:vanaf|met|vanuit) .{2,60}",
    r"(?:Skickat från|Sendt fra|Lähetetty) .{2,60}",
    r"Wysłane z .{2,60}",
    r"Отправлено (?:с|из) .{2,60}",
    r".{2,30}から送信",
    r"发自我的.{2,30}",
    r"나의 .{2,30}에서 보냄",
)

# Subjects of mail that a program wrote while its owner is away.
ABSENT = (
    r"auto(?:matic)?[- ]?(?:reply|response|answer)", "out of (?:the )?office", "automatische? antwort",
    r"abwesenheits\w*",
    "réponse automatique", "absence du bureau", "respuesta automática", "fuera de (?:la )?oficina",
    "resposta automática", "risposta automatica", "automatisch antwoord", "automatiskt svar", "automatisk svar",
    "automaattinen vastaus", r"автоответ\w*", "自動応答", "自动回复", "自動回覆", "자동 회신",
)  # fmt: skip

# What answers and forwarded mails begin their subject with.
ANSWER = (
    "re", "aw", "antw", "antwort", "sv", "vs", "odp", "ynt", "ref", "rif", "res", "回复", "回覆", "答复", "返信",
    "답장",
)  # fmt: skip
FORWARD = ("fw", "fwd", "wg", "tr", "i", "rv", "enc", "doorst", "vb", "pd", "転送", "转发", "轉寄", "전달")
