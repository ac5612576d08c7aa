//! French. Before `:`, `?` and `!` stands a space that does not break.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "Langue",
        start_again: "Recommencer",
        back: "Retour",
        go_on: "Continuer",
        minutes: Plural::new("{1} minute", "{1} minutes"),
        months: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
        moment: Message::new("{1} {2} {3} à {4} UTC"),
        date: Message::new("{1} {2} {3}"),
        terms: "Conditions",
        privacy: "Confidentialité",
        imprint: "Mentions légales",
        support: "Aide",
        reference: Message::new("Si vous demandez de l’aide, indiquez cette référence\u{a0}: {1}"),
        device: Message::new("{1} sur {2}"),
    },
    sign_in: SignInTexts {
        title: "Se connecter",
        heading: Message::new("Se connecter à {1}"),
        with_provider: Message::new("Continuer avec {1}"),
        or: "ou",
        email: "Adresse e-mail",
        hint: "Vous recevrez un lien et un code par e-mail. Aucun mot de passe n’est nécessaire.",
        send: "Recevoir un lien",
        email_fault: "Saisissez une adresse e-mail, par exemple nom@example.com.",
        limit_fault: Plural::new(
            "Trop d’e-mails ont été demandés. Veuillez réessayer dans {1} minute.",
            "Trop d’e-mails ont été demandés. Veuillez réessayer dans {1} minutes.",
        ),
        lately: Plural::new(
            "Nous avons déjà envoyé un e-mail il y a {1} seconde.",
            "Nous avons déjà envoyé un e-mail il y a {1} secondes.",
        ),
        lately_perhaps: Plural::new(
            "Si cette adresse permet de se connecter ici, nous avons déjà envoyé un e-mail il y a {1} seconde.",
            "Si cette adresse permet de se connecter ici, nous avons déjà envoyé un e-mail il y a {1} secondes.",
        ),
        to_code: "Saisir le code de cet e-mail",
    },
    check_mail: CheckMailTexts {
        title: "Consultez vos e-mails",
        sent: Message::new("Nous avons envoyé un lien et un code à {1}."),
        sent_perhaps: Message::new("Si {1} peut se connecter ici, un lien et un code sont en route."),
        lifetime: Plural::new(
            "Ouvrez le lien ou saisissez le code. Ils servent une seule fois, pendant {1} minute.",
            "Ouvrez le lien ou saisissez le code. Ils servent une seule fois, pendant {1} minutes.",
        ),
        code: "Code reçu par e-mail",
        hint: "8 lettres et chiffres",
        submit: "Se connecter",
        wrong: Plural::new(
            "Ce code n’est pas le bon. Il vous reste {1} essai.",
            "Ce code n’est pas le bon. Il vous reste {1} essais.",
        ),
        used: Problem {
            title: "Ce code a déjà été utilisé",
            text: "Le lien du même e-mail a été ouvert, ou le code a déjà été saisi. Pour vous connecter ici, demandez un nouvel e-mail.",
        },
        expired: Problem {
            title: "Ce code a expiré",
            text: "Le lien et le code ne sont valables que peu de temps. Demandez un nouvel e-mail pour continuer.",
        },
        spent: Problem {
            title: "Ce code n’est plus valable",
            text: "Il a été mal saisi trop souvent. Demandez un nouvel e-mail pour continuer\u{a0}; le lien de celui-ci est peut-être encore valable.",
        },
        nothing: "Pas d’e-mail\u{a0}?",
        nothing_text: "Il peut mettre une minute à arriver. Regardez aussi dans vos courriers indésirables.",
        resend: "Renvoyer l’e-mail",
        resend_in: Plural::new(
            "Vous pourrez le renvoyer dans {1} seconde.",
            "Vous pourrez le renvoyer dans {1} secondes.",
        ),
        other_address: "Utiliser une autre adresse",
    },
    link: LinkTexts {
        as_whom: Message::new("Vous vous connectez en tant que {1}."),
        submit: "Se connecter",
        other_browser: "Ce lien a été demandé dans un autre navigateur. Si c’était vous, continuez. Sinon, fermez cette \
                        page.",
    },
    signed_in: SignedInTexts { title: "Vous êtes connecté", sign_out: "Se déconnecter" },
    registration: Problem {
        title: "Il vous faut une invitation",
        text: "Vous n’avez pas encore de compte, et les nouveaux comptes se font uniquement sur invitation. Ouvrez le \
               lien de votre invitation ou demandez-en une aux responsables de ce service.",
    },
    invite: InviteTexts {
        title: "Votre invitation",
        heading: Message::new("Invitation à rejoindre {1}"),
        role: Message::new("Vous aurez le rôle «\u{a0}{1}\u{a0}»."),
        lifetime: Message::new("L’invitation sert une seule fois, jusqu’au {1}."),
        for_whom: Message::new("Cette invitation a été envoyée à {1}."),
        accept: "Accepter l’invitation",
        hint: "Ensuite, vous vous connecterez par e-mail. Aucun mot de passe n’est nécessaire.",
        intro: "Appuyez sur le bouton pour ouvrir votre invitation.",
        intro_text: "Ouvrez ce lien pour voir votre invitation\u{a0}:",
        button: "Ouvrir l’invitation",
        not_you: "Si vous ne l’attendiez pas, ignorez cet e-mail. Ne le transférez pas\u{a0}: quiconque a le lien \
                  peut s’inscrire à votre place.",
    },
    passing_on: PassingOnTexts {
        title: "Un instant",
        text: "Connexion en cours. Si rien ne se passe, appuyez sur le bouton.",
    },
    second_factor: SecondFactorTexts {
        title: "Confirmez que c’est bien vous",
        prompt: Message::new(
            "Saisissez le code à 6 chiffres que votre application d’authentification affiche pour {1}.",
        ),
        code: "Code de l’application",
        wrong: "Ce code n’est pas le bon. Attendez le suivant et réessayez.",
        locked: Plural::new(
            "Trop de codes erronés. Veuillez réessayer dans {1} minute.",
            "Trop de codes erronés. Veuillez réessayer dans {1} minutes.",
        ),
        locked_hours: Plural::new(
            "Trop de codes erronés. Veuillez réessayer dans {1} heure.",
            "Trop de codes erronés. Veuillez réessayer dans {1} heures.",
        ),
        closed: "Trop de codes erronés. Les codes de l’application ne sont plus acceptés : utilisez un code de secours ou une clé d’accès.",
        use_recovery: "Utiliser un code de secours",
        recovery_title: "Utiliser un code de secours",
        recovery_prompt: "Saisissez l’un des codes de secours que vous avez conservés. Chacun sert une seule fois.",
        recovery_code: "Code de secours",
        recovery_wrong: "Ce code de secours n’est pas le bon, ou il a déjà été utilisé.",
        use_app: "Utiliser l’application d’authentification",
        passkey: PasskeyTexts {
            sign_in: "Se connecter avec une clé d’accès",
            prompt: Message::new("Confirmez avec la clé d’accès que vous avez configurée pour {1}."),
            show: "Utiliser une clé d’accès",
            failed: "Cela n’a pas fonctionné. Réessayez ou utilisez un autre moyen.",
            unsupported: "Ce navigateur ne peut pas utiliser de clés d’accès ici.",
        },
        enrol: EnrolTexts {
            title: "Configurez votre application d’authentification",
            scan: "Scannez ce code QR avec votre application d’authentification.",
            picture: "Code QR pour votre application d’authentification",
            on_this_device: "Ouvrir dans une application de cet appareil",
            by_hand: "Impossible de le scanner\u{a0}?",
            key: "Saisissez cette clé dans l’application\u{a0}:",
            confirm: "Saisissez le code à 6 chiffres affiché par l’application.",
            submit: "Activer",
        },
        kept: RecoveryCodesTexts {
            title: "Conservez vos codes de secours",
            text: "Si vous perdez votre téléphone, chacun de ces codes vous permet de vous connecter une fois.",
            once: "Ils ne s’affichent que maintenant. Gardez-les en lieu sûr, par exemple dans votre gestionnaire de \
                   mots de passe.",
            copy: "Copier",
            copied: "Copié",
            print: "Imprimer",
            file: Message::new("Codes de secours pour {1}, compte {2}"),
            download: "Télécharger",
            done: "Je les ai conservés",
        },
        manage: ManageTexts {
            title: "Sécurité de la connexion",
            app: "Application d’authentification",
            on: "Activée",
            off: "Désactivée",
            why: "Avec une application d’authentification, lire vos e-mails ne suffit plus pour se connecter à votre \
                  place.",
            set_up: "Configurer",
            codes_left: Plural::new("Il vous reste {1} code de secours.", "Il vous reste {1} codes de secours."),
            new_codes: "Obtenir de nouveaux codes de secours",
            new_codes_text: "Les anciens ne fonctionneront plus.",
            switch_off: "Désactiver",
            switch_off_text: "La connexion ne demandera plus de code de l’application.",
            code: "Code de l’application ou code de secours",
            codes: "Codes de secours",
            change: "Modifier",
            passkeys: "Clés d’accès",
            passkeys_why: "Avec une clé d’accès, vous vous connectez par empreinte digitale, par reconnaissance \
                           faciale ou avec le verrouillage de l’écran. Tous les autres moyens la demandent alors \
                           aussi.",
            passkey_name: "Comment appelez-vous cette clé d’accès\u{a0}?",
            add_passkey: "Ajouter une clé d’accès",
            rename: "Enregistrer le nom",
            remove: Message::new("Supprimer « {1} »"),
            added: Message::new("Ajoutée le {1}"),
            used: Message::new("dernière utilisation le {1}"),
            synced: "Synchronisée",
            confirm: "Avant de modifier votre façon de vous connecter, confirmez que c’est bien vous.",
            sign_in_again: Problem {
                title: "Veuillez vous reconnecter",
                text: "Pour modifier votre façon de vous connecter, vous devez vous être connecté il y a quelques \
                       minutes au plus.",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "La connexion n’a pas eu lieu",
            text: "L’autre service nous indique que vous avez refusé. Rien ne s’est passé\u{a0}; vous pouvez réessayer.",
        },
        account_exists: Problem {
            title: "Vous avez déjà un compte",
            text: "Un compte existe avec cette adresse e-mail. Connectez-vous comme la dernière fois.",
        },
        forbidden: Problem {
            title: "Cela ne vient pas d’ici",
            text: "Pour votre sécurité, nous n’acceptons cela que depuis nos propres pages. Veuillez recommencer.",
        },
        invalid_code: Problem {
            title: "Cela n’a pas fonctionné",
            text: "Nous n’avons pas pu confirmer votre identité. Veuillez réessayer.",
        },
        invalid_provider: Problem {
            title: "Ce mode de connexion n’est pas disponible",
            text: "Veuillez en choisir un autre.",
        },
        invalid_redirect: Problem {
            title: "Ce lien n’est pas correct",
            text: "L’application d’où vous venez a donné une adresse qui n’est pas autorisée. Veuillez en informer ses \
                   responsables.",
        },
        invalid_request: Problem {
            title: "Nous n’avons pas pu lire cette demande",
            text: "Il y manquait quelque chose, ou elle était mal formée. Veuillez recommencer.",
        },
        invalid_state: Problem {
            title: "Cette connexion est terminée",
            text: "Elle a pris trop de temps, était déjà achevée ou a commencé dans un autre navigateur. Veuillez \
                   recommencer.",
        },
        invite_expired: Problem {
            title: "Cette invitation a expiré",
            text: "Demandez-en une nouvelle à la personne qui vous a invité.",
        },
        invite_invalid: Problem {
            title: "Cette invitation ne fonctionne pas",
            text: "Une partie du lien s’est peut-être perdue. Ouvrez-le de nouveau depuis l’e-mail, ou demandez une \
                   nouvelle invitation.",
        },
        invite_revoked: Problem {
            title: "Cette invitation a été retirée",
            text: "Si vous pensez qu’il s’agit d’une erreur, adressez-vous à la personne qui vous a invité.",
        },
        invite_used: Problem {
            title: "Cette invitation a déjà été utilisée",
            text: "Chaque invitation sert une seule fois. Si vous l’avez acceptée, connectez-vous pour continuer.",
        },
        link_elsewhere: Problem {
            title: "Ouvrez ce lien là où vous l’avez demandé",
            text: "Pour votre sécurité, il ne fonctionne que dans le navigateur qui l’a demandé. Ouvrez-le là, ou saisissez-y le code reçu par e-mail.",
        },
        link_expired: Problem {
            title: "Ce lien a expiré",
            text: "Les liens ne sont valables que peu de temps. Demandez-en un nouveau.",
        },
        link_invalid: Problem {
            title: "Ce lien ne fonctionne pas",
            text: "Une partie s’est peut-être perdue. Ouvrez-le de nouveau depuis l’e-mail, ou demandez-en un nouveau.",
        },
        link_used: Problem {
            title: "Ce lien a déjà été utilisé",
            text: "Chaque lien sert une seule fois. Si vous n’êtes pas connecté, demandez-en un nouveau.",
        },
        not_found: Problem {
            title: "Il n’y a rien ici", text: "L’adresse est peut-être mal écrite ou n’existe plus."
        },
        provider_unavailable: Problem {
            title: "L’autre service ne répond pas",
            text: "Veuillez réessayer dans un instant ou vous connecter autrement.",
        },
        rate_limited: Problem { title: "Trop de tentatives", text: "Veuillez patienter un peu avant de réessayer." },
        second_factor_locked: Problem {
            title: "Trop de codes erronés",
            text: "Pour votre sécurité, aucun code n’est accepté pendant un moment. Veuillez vous reconnecter plus tard.",
        },
        sign_up_closed: Problem {
            title: "Vous n’avez pas de compte",
            text: "Il n’est pas possible de créer de nouveaux comptes pour le moment.",
        },
        unauthorized: Problem {
            title: "Vous n’êtes pas connecté", text: "Veuillez vous connecter pour continuer."
        },
        unavailable: Problem {
            title: "Un problème est survenu de notre côté",
            text: "Vous n’y êtes pour rien. Veuillez réessayer dans un instant.",
        },
    },
    mail: MailTexts {
        subject: Message::new("Se connecter à {1}"),
        intro: "Appuyez sur le bouton pour vous connecter.",
        intro_text: "Ouvrez ce lien pour vous connecter\u{a0}:",
        button: "Se connecter",
        code: "Ou saisissez ce code là où vous l’avez demandé\u{a0}:",
        lifetime: Plural::new(
            "Le lien et le code servent une seule fois, pendant {1} minute.",
            "Le lien et le code servent une seule fois, pendant {1} minutes.",
        ),
        address: "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur\u{a0}:",
        asked_from: Message::new("Demandé le {1}, depuis {2}."),
        asked: Message::new("Demandé le {1}."),
        not_you: "Si ce n’était pas vous, ignorez cet e-mail\u{a0}: sans lui, personne ne peut se connecter. Ne donnez \
                  jamais ce code à personne.",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("Votre application d’authentification est configurée pour {1}"),
            title: "Votre application d’authentification est configurée",
            text: Message::new(
                "Désormais, la connexion à {1} demande aussi un code de votre application d’authentification.",
            ),
        },
        disabled: NoticeTexts {
            subject: Message::new("Votre application d’authentification a été désactivée pour {1}"),
            title: "Votre application d’authentification a été désactivée",
            text: Message::new("La connexion à {1} ne demande plus de code de votre application d’authentification."),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("Un code de secours a été utilisé pour {1}"),
            title: "Un code de secours a été utilisé",
            text: Message::new(
                "Quelqu’un a utilisé l’un de vos codes de secours pour {1}. Ce code ne fonctionne plus.",
            ),
        },
        codes_left: Plural::new("Il vous reste {1} code de secours.", "Il vous reste {1} codes de secours."),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("Nouveaux codes de secours pour {1}"),
            title: "Vous avez de nouveaux codes de secours",
            text: Message::new("Votre compte {1} a de nouveaux codes de secours. Les anciens ne fonctionnent plus."),
        },
        locked: NoticeTexts {
            subject: Message::new("Trop de codes erronés pour {1}"),
            title: "Trop de codes erronés",
            text: Message::new(
                "Quelqu’un a saisi trop de codes erronés pour votre compte {1}. Pendant un moment, aucun code n’est \
                 accepté.",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("Une clé d’accès a été ajoutée pour {1}"),
            title: "Une clé d’accès a été ajoutée",
            text: Message::new(
                "Vous pouvez désormais vous connecter à {1} avec elle. Si vous vous connectez autrement, une seconde étape vous est demandée.",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("Une clé d’accès a été supprimée pour {1}"),
            title: "Une clé d’accès a été supprimée",
            text: Message::new("Elle ne permet plus de se connecter à {1}."),
        },
        linked: NoticeTexts {
            subject: Message::new("Un nouveau moyen de vous connecter à {1}"),
            title: "Il y a un nouveau moyen de vous connecter",
            text: Message::new("Désormais, ce compte vous permet aussi de vous connecter à {1}."),
        },
        unlinked: NoticeTexts {
            subject: Message::new("Un moyen de vous connecter à {1} a été supprimé"),
            title: "Un moyen de vous connecter a été supprimé",
            text: Message::new(
                "Ce compte ne permet plus de vous connecter à {1}. Les sessions ouvertes avec lui sont fermées.",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("Votre invitation à {1} a été acceptée"),
            title: "Votre invitation a été acceptée",
            text: Message::new("Quelqu’un a ouvert votre invitation à {1} et se connecte avec ce compte."),
        },
        happened_from: Message::new("Le {1}, depuis {2}."),
        happened: Message::new("Le {1}."),
        not_you: "Si ce n’était pas vous, vérifiez comment on se connecte à votre compte et changez-le. Votre messagerie a peut-être aussi besoin d’un nouveau mot de passe.",
        check: "Vérifier ma connexion",
        check_text: "Vérifiez ici votre connexion\u{a0}:",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("Ajouter un moyen de vous connecter à {1}\u{a0}?"),
            title: "Ajouter ce moyen de vous connecter\u{a0}?",
            text: Message::new(
                "Quelqu’un s’est connecté à {1} avec ce compte. Il porte votre adresse e-mail, comme votre compte ici.",
            ),
            yes: "Si c’était vous, ajoutez-le\u{a0}: il vous permettra désormais de vous connecter.",
            submit: "Ajouter et se connecter",
            not_you: "Si ce n’était pas vous, ne faites rien\u{a0}: sans vous, rien ne se passe.",
        },
        prove: WishTexts {
            subject: Message::new("Confirmez votre adresse pour {1}"),
            title: "Est-ce votre adresse\u{a0}?",
            text: Message::new("Quelqu’un s’est inscrit à {1} avec ce compte et votre adresse e-mail."),
            yes: "Si c’était vous, confirmez l’adresse\u{a0}: vous pourrez désormais vous connecter avec elle.",
            submit: "Confirmer l’adresse",
            not_you: "Si ce n’était pas vous, ne faites rien. Sinon, la personne qui possède ce compte partagerait le vôtre.",
        },
        button: "Voir de quoi il s’agit",
        lifetime: Plural::new(
            "Le lien fonctionne une fois, pendant {1} minute.",
            "Le lien fonctionne une fois, pendant {1} minutes.",
        ),
        mailed: Problem {
            title: "Consultez vos e-mails",
            text: "Il existe déjà un compte avec votre adresse e-mail. Nous lui avons envoyé un lien\u{a0}: ouvrez-le dans ce navigateur pour vous connecter aussi de cette façon.",
        },
        elsewhere: Problem {
            title: "Ouvrez ce lien là où vous vous êtes connecté",
            text: "Pour votre sécurité, il ne fonctionne que dans le navigateur où quelqu’un vient de se connecter avec l’autre compte. Si ce n’était pas vous, fermez cette page\u{a0}: rien ne s’est passé.",
        },
        proven: Problem {
            title: "Votre adresse est confirmée",
            text: "Vous pouvez désormais vous connecter avec elle.",
        },
    },
    undo: UndoTexts {
        title: "Ce n’était pas vous\u{a0}?",
        removes: "Si ce n’était pas vous, appuyez sur le bouton\u{a0}: ce moyen de vous connecter est supprimé et toutes les sessions de votre compte sont fermées.",
        ends: "Si ce n’était pas vous, appuyez sur le bouton\u{a0}: toutes les sessions de votre compte sont fermées. Connectez-vous ensuite et ajoutez-le de nouveau.",
        submit: "Ce n’était pas moi",
        ignore: "Si c’était vous, vous n’avez rien à faire.",
        done: Problem {
            title: "Toutes les sessions sont fermées",
            text: "Reconnectez-vous et vérifiez par quels moyens on peut accéder à votre compte. Votre boîte mail a peut-être aussi besoin d’un nouveau mot de passe.",
        },
    },
};
