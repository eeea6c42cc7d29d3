"""E-mail: filed disclosure requests to the reception mailbox, notices to the staff; sent by the outbox.

senders = mail_senders(settings, cases, papers, addresses)      # {"mail": …, "staff_mail": …} for the Worker
"""

from bot.mail.senders import Addresses, FormSender, StaffSender, mail_senders
from bot.mail.server import Letter, MailServer, MailSettingError

__all__ = [
    "Addresses",
    "FormSender",
    "Letter",
    "MailServer",
    "MailSettingError",
    "StaffSender",
    "mail_senders",
]
