//! German.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "Sprache",
        start_again: "Von vorn beginnen",
        back: "Zurück",
        go_on: "Weiter",
        minutes: Plural::new("{1} Minute", "{1} Minuten"),
        months: ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
        moment: Message::new("{1}. {2} {3}, {4} Uhr (UTC)"),
        date: Message::new("{1}. {2} {3}"),
        terms: "Nutzungsbedingungen",
        privacy: "Datenschutz",
        imprint: "Impressum",
        support: "Hilfe",
        reference: Message::new("Wenn Sie um Hilfe bitten, nennen Sie diese Kennung: {1}"),
        device: Message::new("{1} unter {2}"),
    },
    sign_in: SignInTexts {
        title: "Anmelden",
        heading: Message::new("Bei {1} anmelden"),
        with_provider: Message::new("Weiter mit {1}"),
        or: "oder",
        email: "E-Mail-Adresse",
        hint: "Wir schicken Ihnen einen Link und einen Code. Ein Passwort brauchen Sie nicht.",
        send: "Link zusenden",
        email_fault: "Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.",
        limit_fault: Plural::new(
            "Es wurden zu viele E-Mails angefordert. Bitte versuchen Sie es in {1} Minute noch einmal.",
            "Es wurden zu viele E-Mails angefordert. Bitte versuchen Sie es in {1} Minuten noch einmal.",
        ),
        lately: Plural::new(
            "Vor {1} Sekunde haben wir schon eine E-Mail geschickt.",
            "Vor {1} Sekunden haben wir schon eine E-Mail geschickt.",
        ),
        lately_perhaps: Plural::new(
            "Wenn man sich mit dieser Adresse hier anmelden kann, ging vor {1} Sekunde schon eine E-Mail hinaus.",
            "Wenn man sich mit dieser Adresse hier anmelden kann, ging vor {1} Sekunden schon eine E-Mail hinaus.",
        ),
        to_code: "Code aus dieser E-Mail eingeben",
    },
    check_mail: CheckMailTexts {
        title: "Sehen Sie in Ihr Postfach",
        sent: Message::new("Wir haben einen Link und einen Code an {1} geschickt."),
        sent_perhaps: Message::new("Wenn {1} sich hier anmelden kann, sind ein Link und ein Code unterwegs."),
        lifetime: Plural::new(
            "Öffnen Sie den Link oder geben Sie den Code ein. Beide gelten einmal und nur {1} Minute lang.",
            "Öffnen Sie den Link oder geben Sie den Code ein. Beide gelten einmal und nur {1} Minuten lang.",
        ),
        code: "Code aus der E-Mail",
        hint: "8 Buchstaben und Ziffern",
        submit: "Anmelden",
        wrong: Plural::new(
            "Dieser Code stimmt nicht. Sie haben noch {1} Versuch.",
            "Dieser Code stimmt nicht. Sie haben noch {1} Versuche.",
        ),
        used: Problem {
            title: "Dieser Code wurde schon benutzt",
            text: "Der Link aus derselben E-Mail wurde geöffnet oder der Code schon eingegeben. Um sich hier anzumelden, fordern Sie eine neue E-Mail an.",
        },
        expired: Problem {
            title: "Dieser Code ist abgelaufen",
            text: "Link und Code gelten nur kurze Zeit. Fordern Sie eine neue E-Mail an, um fortzufahren.",
        },
        spent: Problem {
            title: "Dieser Code gilt nicht mehr",
            text: "Er wurde zu oft falsch eingegeben. Fordern Sie eine neue E-Mail an, um fortzufahren; der Link aus dieser gilt vielleicht noch.",
        },
        nothing: "Keine E-Mail erhalten?",
        nothing_text: "Das kann eine Minute dauern. Sehen Sie auch im Spam-Ordner nach.",
        resend: "Noch einmal senden",
        resend_in: Plural::new(
            "In {1} Sekunde können Sie sie noch einmal senden lassen.",
            "In {1} Sekunden können Sie sie noch einmal senden lassen.",
        ),
        other_address: "Andere Adresse verwenden",
    },
    link: LinkTexts {
        as_whom: Message::new("Sie melden sich als {1} an."),
        submit: "Anmelden",
        other_browser: "Dieser Link wurde in einem anderen Browser angefordert. Wenn Sie das waren, machen Sie weiter. \
                        Wenn nicht, schließen Sie diese Seite.",
    },
    signed_in: SignedInTexts { title: "Sie sind angemeldet", sign_out: "Abmelden" },
    registration: Problem {
        title: "Sie brauchen eine Einladung",
        text: "Für Sie gibt es noch kein Konto, und neue Konten gibt es nur auf Einladung. Öffnen Sie den Link in Ihrer \
               Einladung oder bitten Sie die Betreiber um eine.",
    },
    invite: InviteTexts {
        title: "Ihre Einladung",
        heading: Message::new("Einladung zu {1}"),
        role: Message::new("Sie treten mit der Rolle „{1}“ bei."),
        lifetime: Message::new("Die Einladung gilt einmal, bis zum {1}."),
        for_whom: Message::new("Diese Einladung ging an {1}."),
        accept: "Einladung annehmen",
        hint: "Danach melden Sie sich per E-Mail an. Ein Passwort brauchen Sie nicht.",
        intro: "Drücken Sie auf die Schaltfläche, um Ihre Einladung zu öffnen.",
        intro_text: "Öffnen Sie diesen Link, um Ihre Einladung zu sehen:",
        button: "Einladung öffnen",
        not_you: "Wenn Sie das nicht erwartet haben, beachten Sie diese E-Mail nicht. Geben Sie sie nicht weiter: Wer \
                  den Link hat, kann an Ihrer Stelle beitreten.",
    },
    passing_on: PassingOnTexts {
        title: "Einen Moment",
        text: "Sie werden angemeldet. Wenn nichts geschieht, drücken Sie auf die Schaltfläche.",
    },
    second_factor: SecondFactorTexts {
        title: "Bestätigen Sie, dass Sie es sind",
        prompt: Message::new("Geben Sie den sechsstelligen Code ein, den Ihre Authenticator-App für {1} anzeigt."),
        code: "Code aus der App",
        wrong: "Dieser Code stimmt nicht. Warten Sie auf den nächsten und versuchen Sie es noch einmal.",
        locked: Plural::new(
            "Zu viele falsche Codes. Bitte versuchen Sie es in {1} Minute noch einmal.",
            "Zu viele falsche Codes. Bitte versuchen Sie es in {1} Minuten noch einmal.",
        ),
        locked_hours: Plural::new(
            "Zu viele falsche Codes. Bitte versuchen Sie es in {1} Stunde noch einmal.",
            "Zu viele falsche Codes. Bitte versuchen Sie es in {1} Stunden noch einmal.",
        ),
        closed: "Zu viele falsche Codes. Codes der App werden nicht mehr angenommen: Verwenden Sie einen Wiederherstellungscode oder einen Passkey.",
        use_recovery: "Wiederherstellungscode verwenden",
        recovery_title: "Wiederherstellungscode verwenden",
        recovery_prompt: "Geben Sie einen der Wiederherstellungscodes ein, die Sie aufbewahrt haben. Jeder gilt einmal.",
        recovery_code: "Wiederherstellungscode",
        recovery_wrong: "Dieser Wiederherstellungscode stimmt nicht oder wurde schon benutzt.",
        use_app: "Authenticator-App verwenden",
        passkey: PasskeyTexts {
            sign_in: "Mit Passkey anmelden",
            prompt: Message::new("Bestätigen Sie mit dem Passkey, den Sie für {1} eingerichtet haben."),
            show: "Passkey verwenden",
            failed: "Das hat nicht geklappt. Versuchen Sie es noch einmal oder auf einem anderen Weg.",
            unsupported: "Dieser Browser kann hier keine Passkeys verwenden.",
        },
        enrol: EnrolTexts {
            title: "Authenticator-App einrichten",
            scan: "Scannen Sie diesen QR-Code mit Ihrer Authenticator-App.",
            picture: "QR-Code für Ihre Authenticator-App",
            on_this_device: "In einer App auf diesem Gerät öffnen",
            by_hand: "Sie können ihn nicht scannen?",
            key: "Geben Sie diesen Schlüssel in der App ein:",
            confirm: "Geben Sie den sechsstelligen Code ein, den die App anzeigt.",
            submit: "Einschalten",
        },
        kept: RecoveryCodesTexts {
            title: "Bewahren Sie diese Codes auf",
            text: "Das sind Ihre Wiederherstellungscodes. Wenn Sie Ihr Telefon verlieren, kommen Sie mit jedem von ihnen einmal hinein.",
            once: "Sie werden nur jetzt angezeigt. Bewahren Sie sie sicher auf, zum Beispiel in Ihrem Passwort-Manager.",
            copy: "Kopieren",
            copied: "Kopiert",
            print: "Drucken",
            file: Message::new("Wiederherstellungscodes für {1}, Konto {2}"),
            download: "Herunterladen",
            done: "Ich habe sie aufbewahrt",
        },
        manage: ManageTexts {
            title: "Sicherheit der Anmeldung",
            app: "Authenticator-App",
            on: "Ein",
            off: "Aus",
            why: "Mit einer Authenticator-App genügt es nicht, Ihre E-Mails zu lesen, um sich als Sie anzumelden.",
            set_up: "Einrichten",
            codes_left: Plural::new(
                "Sie haben noch {1} Wiederherstellungscode.",
                "Sie haben noch {1} Wiederherstellungscodes.",
            ),
            new_codes: "Neue Wiederherstellungscodes",
            new_codes_text: "Die alten gelten dann nicht mehr.",
            switch_off: "Ausschalten",
            switch_off_text: "Bei der Anmeldung wird dann kein Code aus der App mehr verlangt.",
            code: "Code aus der App oder Wiederherstellungscode",
            codes: "Wiederherstellungscodes",
            change: "Ändern",
            passkeys: "Passkeys",
            passkeys_why: "Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder Bildschirmsperre an. \
                           Jeder andere Weg verlangt ihn dann zusätzlich.",
            passkey_name: "Wie nennen Sie diesen Passkey?",
            add_passkey: "Passkey hinzufügen",
            rename: "Namen speichern",
            remove: Message::new("„{1}“ entfernen"),
            added: Message::new("Hinzugefügt am {1}"),
            used: Message::new("zuletzt verwendet am {1}"),
            synced: "Synchronisiert",
            confirm: "Bestätigen Sie, dass Sie es sind, bevor Sie Ihre Anmeldung ändern.",
            sign_in_again: Problem {
                title: "Bitte melden Sie sich neu an",
                text: "Um Ihre Anmeldung zu ändern, müssen Sie sich in den letzten Minuten angemeldet haben.",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "Sie haben sich nicht angemeldet",
            text: "Der andere Dienst teilt uns mit, dass Sie abgelehnt haben. Es ist nichts geschehen; Sie können es \
                   noch einmal versuchen.",
        },
        account_exists: Problem {
            title: "Sie haben schon ein Konto",
            text: "Es gibt ein Konto mit dieser E-Mail-Adresse. Melden Sie sich an wie beim letzten Mal.",
        },
        forbidden: Problem {
            title: "Das kam nicht von hier",
            text: "Zu Ihrer Sicherheit nehmen wir das nur von unseren eigenen Seiten an. Bitte beginnen Sie von vorn.",
        },
        invalid_code: Problem {
            title: "Das hat nicht geklappt",
            text: "Wir konnten nicht bestätigen, wer Sie sind. Bitte versuchen Sie es noch einmal.",
        },
        invalid_provider: Problem {
            title: "So können Sie sich hier nicht anmelden",
            text: "Bitte wählen Sie einen anderen Weg.",
        },
        invalid_redirect: Problem {
            title: "Dieser Link stimmt nicht",
            text: "Die App, von der Sie kommen, hat eine Adresse genannt, die nicht erlaubt ist. Bitte sagen Sie ihren \
                   Betreibern Bescheid.",
        },
        invalid_request: Problem {
            title: "Das konnten wir nicht lesen",
            text: "In der Anfrage fehlte etwas, oder sie war fehlerhaft. Bitte beginnen Sie von vorn.",
        },
        invalid_state: Problem {
            title: "Diese Anmeldung ist zu Ende",
            text: "Sie hat zu lange gedauert, war schon abgeschlossen oder wurde in einem anderen Browser begonnen. \
                   Bitte beginnen Sie von vorn.",
        },
        invite_expired: Problem {
            title: "Diese Einladung ist abgelaufen",
            text: "Lassen Sie sich noch einmal einladen.",
        },
        invite_invalid: Problem {
            title: "Diese Einladung funktioniert nicht",
            text: "Vielleicht ist ein Teil des Links verloren gegangen. Öffnen Sie ihn noch einmal aus der E-Mail \
                   oder lassen Sie sich noch einmal einladen.",
        },
        invite_revoked: Problem {
            title: "Diese Einladung wurde zurückgezogen",
            text: "Wenn das ein Irrtum ist, lassen Sie sich noch einmal einladen.",
        },
        invite_used: Problem {
            title: "Diese Einladung wurde schon benutzt",
            text: "Jede Einladung gilt einmal. Wenn Sie sie angenommen haben, melden Sie sich an.",
        },
        link_elsewhere: Problem {
            title: "Öffnen Sie diesen Link dort, wo Sie ihn angefordert haben",
            text: "Zu Ihrer Sicherheit funktioniert er nur in dem Browser, der ihn angefordert hat. Öffnen Sie ihn dort, oder geben Sie dort den Code aus der E-Mail ein.",
        },
        link_expired: Problem {
            title: "Dieser Link ist abgelaufen",
            text: "Links gelten nur kurze Zeit. Fordern Sie einen neuen an.",
        },
        link_invalid: Problem {
            title: "Dieser Link funktioniert nicht",
            text: "Vielleicht ist ein Teil davon verloren gegangen. Öffnen Sie ihn noch einmal aus der E-Mail oder \
                   fordern Sie einen neuen an.",
        },
        link_used: Problem {
            title: "Dieser Link wurde schon benutzt",
            text: "Jeder Link gilt einmal. Wenn Sie nicht angemeldet sind, fordern Sie einen neuen an.",
        },
        not_found: Problem {
            title: "Hier ist nichts",
            text: "Die Adresse ist vielleicht falsch geschrieben oder veraltet.",
        },
        provider_unavailable: Problem {
            title: "Der andere Dienst antwortet nicht",
            text: "Bitte versuchen Sie es gleich noch einmal oder melden Sie sich auf einem anderen Weg an.",
        },
        rate_limited: Problem {
            title: "Zu viele Versuche",
            text: "Bitte warten Sie ein wenig und versuchen Sie es dann noch einmal.",
        },
        second_factor_locked: Problem {
            title: "Zu viele falsche Codes",
            text: "Zu Ihrer Sicherheit werden eine Zeit lang keine Codes angenommen. Bitte melden Sie sich später neu an.",
        },
        sign_up_closed: Problem {
            title: "Für Sie gibt es kein Konto",
            text: "Zurzeit können keine neuen Konten angelegt werden.",
        },
        unauthorized: Problem {
            title: "Sie sind nicht angemeldet",
            text: "Bitte melden Sie sich an, um fortzufahren.",
        },
        unavailable: Problem {
            title: "Bei uns ist etwas schiefgegangen",
            text: "Es liegt nicht an Ihnen. Bitte versuchen Sie es gleich noch einmal.",
        },
    },
    mail: MailTexts {
        subject: Message::new("Bei {1} anmelden"),
        intro: "Drücken Sie auf die Schaltfläche, um sich anzumelden.",
        intro_text: "Öffnen Sie diesen Link, um sich anzumelden:",
        button: "Anmelden",
        code: "Oder geben Sie diesen Code dort ein, wo Sie ihn angefordert haben:",
        lifetime: Plural::new(
            "Link und Code gelten einmal und nur {1} Minute lang.",
            "Link und Code gelten einmal und nur {1} Minuten lang.",
        ),
        address: "Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:",
        asked_from: Message::new("Angefordert am {1}, mit {2}."),
        asked: Message::new("Angefordert am {1}."),
        not_you: "Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht: Ohne sie kann sich niemand anmelden. \
                  Verraten Sie den Code niemandem.",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("Ihre Authenticator-App ist für {1} eingerichtet"),
            title: "Ihre Authenticator-App ist eingerichtet",
            text: Message::new(
                "Von jetzt an verlangt die Anmeldung bei {1} auch einen Code aus Ihrer Authenticator-App.",
            ),
        },
        disabled: NoticeTexts {
            subject: Message::new("Ihre Authenticator-App wurde für {1} ausgeschaltet"),
            title: "Ihre Authenticator-App wurde ausgeschaltet",
            text: Message::new("Die Anmeldung bei {1} verlangt keinen Code aus Ihrer Authenticator-App mehr."),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("Ein Wiederherstellungscode für {1} wurde benutzt"),
            title: "Ein Wiederherstellungscode wurde benutzt",
            text: Message::new(
                "Jemand hat einen Ihrer Wiederherstellungscodes für {1} benutzt. Dieser Code gilt jetzt nicht mehr.",
            ),
        },
        codes_left: Plural::new(
            "Sie haben noch {1} Wiederherstellungscode.",
            "Sie haben noch {1} Wiederherstellungscodes.",
        ),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("Neue Wiederherstellungscodes für {1}"),
            title: "Sie haben neue Wiederherstellungscodes",
            text: Message::new("Ihr Konto bei {1} hat neue Wiederherstellungscodes. Die früheren gelten nicht mehr."),
        },
        locked: NoticeTexts {
            subject: Message::new("Zu viele falsche Codes für {1}"),
            title: "Zu viele falsche Codes",
            text: Message::new(
                "Jemand hat für Ihr Konto bei {1} zu viele falsche Codes eingegeben. Eine Zeit lang werden keine Codes \
                 angenommen.",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("Ein Passkey für {1} wurde hinzugefügt"),
            title: "Ein Passkey wurde hinzugefügt",
            text: Message::new(
                "Sie können sich bei {1} ab jetzt damit anmelden. Melden Sie sich auf anderem Weg an, ist ein zweiter Schritt nötig.",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("Ein Passkey für {1} wurde entfernt"),
            title: "Ein Passkey wurde entfernt",
            text: Message::new("Mit ihm kann sich niemand mehr bei {1} anmelden."),
        },
        linked: NoticeTexts {
            subject: Message::new("Eine neue Anmeldemöglichkeit bei {1}"),
            title: "Es gibt eine neue Anmeldemöglichkeit",
            text: Message::new("Ab jetzt können Sie sich auch mit diesem Konto bei {1} anmelden."),
        },
        unlinked: NoticeTexts {
            subject: Message::new("Eine Anmeldemöglichkeit bei {1} wurde entfernt"),
            title: "Eine Anmeldemöglichkeit wurde entfernt",
            text: Message::new(
                "Mit diesem Konto können Sie sich nicht mehr bei {1} anmelden. Sitzungen, die damit begonnen haben, sind beendet.",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("Ihre Einladung zu {1} wurde angenommen"),
            title: "Ihre Einladung wurde angenommen",
            text: Message::new("Jemand hat Ihre Einladung zu {1} geöffnet und meldet sich mit diesem Konto an."),
        },
        happened_from: Message::new("Am {1}, mit {2}."),
        happened: Message::new("Am {1}."),
        not_you: "Wenn Sie das nicht waren, prüfen Sie, wie man sich an Ihrem Konto anmeldet, und ändern Sie es. Vielleicht braucht auch Ihr Postfach ein neues Passwort.",
        check: "Meine Anmeldung prüfen",
        check_text: "Hier prüfen Sie Ihre Anmeldung:",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("Eine Anmeldemöglichkeit bei {1} hinzufügen?"),
            title: "Diese Anmeldemöglichkeit hinzufügen?",
            text: Message::new(
                "Jemand hat sich bei {1} mit diesem Konto angemeldet. Es hat Ihre E-Mail-Adresse, ebenso wie Ihr Konto hier.",
            ),
            yes: "Wenn Sie das waren, fügen Sie es hinzu: Danach können Sie sich damit anmelden.",
            submit: "Hinzufügen und anmelden",
            not_you: "Wenn Sie das nicht waren, tun Sie nichts: Ohne Sie geschieht nichts.",
        },
        prove: WishTexts {
            subject: Message::new("Bestätigen Sie Ihre Adresse für {1}"),
            title: "Ist das Ihre Adresse?",
            text: Message::new("Jemand hat sich bei {1} mit diesem Konto und Ihrer E-Mail-Adresse registriert."),
            yes: "Wenn Sie das waren, bestätigen Sie die Adresse: Danach können Sie sich mit ihr anmelden.",
            submit: "Adresse bestätigen",
            not_you: "Wenn Sie das nicht waren, tun Sie nichts. Sonst würde sich, wer jenes Konto hat, Ihres mit Ihnen teilen.",
        },
        button: "Ansehen, worum es geht",
        lifetime: Plural::new(
            "Der Link funktioniert einmal und nur {1} Minute lang.",
            "Der Link funktioniert einmal und nur {1} Minuten lang.",
        ),
        mailed: Problem {
            title: "Sehen Sie in Ihr Postfach",
            text: "Zu Ihrer E-Mail-Adresse gibt es schon ein Konto. Wir haben einen Link dorthin geschickt: Öffnen Sie ihn in diesem Browser, um sich künftig auch so anzumelden.",
        },
        elsewhere: Problem {
            title: "Öffnen Sie diesen Link dort, wo Sie sich angemeldet haben",
            text: "Zu Ihrer Sicherheit funktioniert er nur in dem Browser, in dem sich jemand eben mit dem anderen Konto angemeldet hat. Wenn Sie das nicht waren, schließen Sie diese Seite: Es ist nichts geschehen.",
        },
        proven: Problem { title: "Ihre Adresse ist bestätigt", text: "Ab jetzt können Sie sich mit ihr anmelden." },
    },
    undo: UndoTexts {
        title: "Das waren nicht Sie?",
        removes: "Wenn Sie das nicht waren, drücken Sie auf die Schaltfläche: Diese Anmeldemöglichkeit wird entfernt, und alle Sitzungen Ihres Kontos enden.",
        ends: "Wenn Sie das nicht waren, drücken Sie auf die Schaltfläche: Alle Sitzungen Ihres Kontos enden. Melden Sie sich dann an und fügen Sie sie wieder hinzu.",
        submit: "Das war ich nicht",
        ignore: "Wenn Sie das waren, brauchen Sie nichts zu tun.",
        done: Problem {
            title: "Alle Sitzungen sind beendet",
            text: "Melden Sie sich wieder an, und sehen Sie nach, womit man sich bei Ihrem Konto anmelden kann. Vielleicht braucht auch Ihr Postfach ein neues Passwort.",
        },
    },
};
