//! Spanish.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "Idioma",
        start_again: "Empezar de nuevo",
        back: "Volver",
        go_on: "Continuar",
        minutes: Plural::new("{1} minuto", "{1} minutos"),
        months: ["ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sept.", "oct.", "nov.", "dic."],
        moment: Message::new("{1} {2} {3}, {4} (UTC)"),
        date: Message::new("{1} {2} {3}"),
        terms: "Condiciones",
        privacy: "Privacidad",
        imprint: "Aviso legal",
        support: "Ayuda",
        reference: Message::new("Si pide ayuda, indique esta referencia: {1}"),
        device: Message::new("{1} en {2}"),
    },
    sign_in: SignInTexts {
        title: "Iniciar sesión",
        heading: Message::new("Iniciar sesión en {1}"),
        with_provider: Message::new("Continuar con {1}"),
        or: "o",
        email: "Correo electrónico",
        hint: "Le enviaremos un enlace y un código. No hace falta contraseña.",
        send: "Enviarme un enlace",
        email_fault: "Escriba una dirección de correo, por ejemplo nombre@example.com.",
        limit_fault: Plural::new(
            "Se han pedido demasiados correos. Inténtelo de nuevo en {1} minuto.",
            "Se han pedido demasiados correos. Inténtelo de nuevo en {1} minutos.",
        ),
        lately: Plural::new("Ya enviamos un correo hace {1} segundo.", "Ya enviamos un correo hace {1} segundos."),
        lately_perhaps: Plural::new(
            "Si con esta dirección se puede iniciar sesión aquí, ya enviamos un correo hace {1} segundo.",
            "Si con esta dirección se puede iniciar sesión aquí, ya enviamos un correo hace {1} segundos.",
        ),
        to_code: "Escribir el código de ese correo",
    },
    check_mail: CheckMailTexts {
        title: "Revise su correo",
        sent: Message::new("Hemos enviado un enlace y un código a {1}."),
        sent_perhaps: Message::new("Si {1} puede iniciar sesión aquí, un enlace y un código van en camino."),
        lifetime: Plural::new(
            "Abra el enlace o escriba el código. Sirven una sola vez, durante {1} minuto.",
            "Abra el enlace o escriba el código. Sirven una sola vez, durante {1} minutos.",
        ),
        code: "Código del correo",
        hint: "8 letras y cifras",
        submit: "Iniciar sesión",
        wrong: Plural::new(
            "Ese código no es correcto. Le queda {1} intento.",
            "Ese código no es correcto. Le quedan {1} intentos.",
        ),
        used: Problem {
            title: "Este código ya se usó",
            text: "Se abrió el enlace del mismo correo o ya se escribió el código. Para iniciar sesión aquí, pida un correo nuevo.",
        },
        expired: Problem {
            title: "Este código ha caducado",
            text: "El enlace y el código solo sirven durante poco tiempo. Pida un correo nuevo para continuar.",
        },
        spent: Problem {
            title: "Este código ya no sirve",
            text: "Se escribió mal demasiadas veces. Pida un correo nuevo para continuar; puede que el enlace de este aún sirva.",
        },
        nothing: "¿No ha llegado el correo?",
        nothing_text: "Puede tardar un minuto. Mire también en la carpeta de correo no deseado.",
        resend: "Enviarlo otra vez",
        resend_in: Plural::new("Podrá enviarlo otra vez en {1} segundo.", "Podrá enviarlo otra vez en {1} segundos."),
        other_address: "Usar otra dirección",
    },
    link: LinkTexts {
        as_whom: Message::new("Va a iniciar sesión como {1}."),
        submit: "Iniciar sesión",
        other_browser: "Este enlace se pidió en otro navegador. Si fue usted, continúe. Si no, cierre esta página.",
    },
    signed_in: SignedInTexts { title: "Ha iniciado sesión", sign_out: "Cerrar sesión" },
    registration: Problem {
        title: "Necesita una invitación",
        text: "Todavía no tiene cuenta, y las cuentas nuevas son solo por invitación. Abra el enlace de su invitación o \
               pida una a quienes gestionan este servicio.",
    },
    invite: InviteTexts {
        title: "Su invitación",
        heading: Message::new("Invitación a {1}"),
        role: Message::new("Entrará con el rol «{1}»."),
        lifetime: Message::new("La invitación sirve una sola vez, hasta el {1}."),
        for_whom: Message::new("Esta invitación se envió a {1}."),
        accept: "Aceptar la invitación",
        hint: "A partir de entonces iniciará sesión por correo. No hace falta contraseña.",
        intro: "Pulse el botón para abrir su invitación.",
        intro_text: "Abra este enlace para ver su invitación:",
        button: "Abrir la invitación",
        not_you: "Si no la esperaba, ignore este correo. No lo reenvíe: quien tenga el enlace puede entrar en su \
                  lugar.",
    },
    passing_on: PassingOnTexts {
        title: "Un momento",
        text: "Se está iniciando la sesión. Si no ocurre nada, pulse el botón.",
    },
    second_factor: SecondFactorTexts {
        title: "Confirme su identidad",
        prompt: Message::new("Escriba el código de 6 cifras que su aplicación de autenticación muestra para {1}."),
        code: "Código de la aplicación",
        wrong: "Ese código no es correcto. Espere al siguiente e inténtelo de nuevo.",
        locked: Plural::new(
            "Demasiados códigos incorrectos. Inténtelo de nuevo en {1} minuto.",
            "Demasiados códigos incorrectos. Inténtelo de nuevo en {1} minutos.",
        ),
        locked_hours: Plural::new(
            "Demasiados códigos incorrectos. Inténtelo de nuevo en {1} hora.",
            "Demasiados códigos incorrectos. Inténtelo de nuevo en {1} horas.",
        ),
        closed: "Demasiados códigos incorrectos. Ya no se aceptan códigos de la aplicación: use un código de recuperación o una llave de acceso.",
        use_recovery: "Usar un código de recuperación",
        recovery_title: "Usar un código de recuperación",
        recovery_prompt: "Escriba uno de los códigos de recuperación que guardó. Cada uno sirve una sola vez.",
        recovery_code: "Código de recuperación",
        recovery_wrong: "Ese código de recuperación no es correcto o ya se usó.",
        use_app: "Usar la aplicación de autenticación",
        passkey: PasskeyTexts {
            sign_in: "Iniciar sesión con una llave de acceso",
            prompt: Message::new("Confirme con la llave de acceso que configuró para {1}."),
            show: "Usar una llave de acceso",
            failed: "No ha funcionado. Inténtelo de nuevo o use otro medio.",
            unsupported: "Este navegador no puede usar llaves de acceso aquí.",
        },
        enrol: EnrolTexts {
            title: "Configure su aplicación de autenticación",
            scan: "Escanee este código QR con su aplicación de autenticación.",
            picture: "Código QR para su aplicación de autenticación",
            on_this_device: "Abrirlo en una aplicación de este dispositivo",
            by_hand: "¿No puede escanearlo?",
            key: "Escriba esta clave en la aplicación:",
            confirm: "Escriba el código de 6 cifras que muestra la aplicación.",
            submit: "Activar",
        },
        kept: RecoveryCodesTexts {
            title: "Guarde sus códigos de recuperación",
            text: "Si pierde el teléfono, cada uno de estos códigos le permite entrar una vez.",
            once: "Solo se muestran ahora. Guárdelos en un lugar seguro, por ejemplo en su gestor de contraseñas.",
            copy: "Copiar",
            copied: "Copiado",
            print: "Imprimir",
            file: Message::new("Códigos de recuperación de {1}, cuenta {2}"),
            download: "Descargar",
            done: "Ya los he guardado",
        },
        manage: ManageTexts {
            title: "Seguridad de acceso",
            app: "Aplicación de autenticación",
            on: "Activada",
            off: "Desactivada",
            why: "Con una aplicación de autenticación, leer su correo no basta para iniciar sesión en su nombre.",
            set_up: "Configurar",
            codes_left: Plural::new("Le queda {1} código de recuperación.", "Le quedan {1} códigos de recuperación."),
            new_codes: "Obtener nuevos códigos de recuperación",
            new_codes_text: "Los anteriores dejarán de servir.",
            switch_off: "Desactivar",
            switch_off_text: "Al iniciar sesión ya no se pedirá un código de la aplicación.",
            code: "Código de la aplicación o de recuperación",
            codes: "Códigos de recuperación",
            change: "Cambiar",
            passkeys: "Llaves de acceso",
            passkeys_why: "Con una llave de acceso inicia sesión con su huella, su cara o el bloqueo de pantalla. \
                           Los demás medios también la pedirán.",
            passkey_name: "¿Cómo llama a esta llave de acceso?",
            add_passkey: "Añadir una llave de acceso",
            rename: "Guardar nombre",
            remove: Message::new("Quitar «{1}»"),
            added: Message::new("Añadida el {1}"),
            used: Message::new("usada por última vez el {1}"),
            synced: "Sincronizada",
            confirm: "Antes de cambiar la forma de iniciar sesión, confirme que es usted.",
            sign_in_again: Problem {
                title: "Inicie sesión de nuevo",
                text: "Para cambiar la forma de iniciar sesión, debe haberlo hecho en los últimos minutos.",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "No ha iniciado sesión",
            text: "El otro servicio indica que usted no dio su permiso. No ha pasado nada; puede intentarlo de nuevo.",
        },
        account_exists: Problem {
            title: "Ya tiene una cuenta",
            text: "Ya existe una cuenta con esta dirección de correo. Inicie sesión como la última vez.",
        },
        forbidden: Problem {
            title: "Eso no vino de aquí",
            text: "Por su seguridad, solo lo aceptamos desde nuestras propias páginas. Empiece de nuevo.",
        },
        invalid_code: Problem {
            title: "No ha funcionado",
            text: "No hemos podido confirmar su identidad. Inténtelo de nuevo.",
        },
        invalid_provider: Problem { title: "Esta forma de iniciar sesión no está disponible", text: "Elija otra." },
        invalid_redirect: Problem {
            title: "Este enlace no es correcto",
            text: "La aplicación de la que viene dio una dirección que no está permitida. Avise a quienes la gestionan.",
        },
        invalid_request: Problem {
            title: "No hemos podido leer la solicitud",
            text: "Faltaba algo o estaba mal formada. Empiece de nuevo.",
        },
        invalid_state: Problem {
            title: "Este inicio de sesión ha terminado",
            text: "Tardó demasiado, ya se había completado o se empezó en otro navegador. Empiece de nuevo.",
        },
        invite_expired: Problem { title: "Esta invitación ha caducado", text: "Pida una nueva a quien le invitó." },
        invite_invalid: Problem {
            title: "Esta invitación no funciona",
            text: "Quizá se perdió una parte del enlace. Ábralo otra vez desde el correo o pida una invitación nueva \
                   a quien le invitó.",
        },
        invite_revoked: Problem {
            title: "Esta invitación se ha retirado",
            text: "Si cree que es un error, consulte a quien le invitó.",
        },
        invite_used: Problem {
            title: "Esta invitación ya se usó",
            text: "Cada invitación sirve una sola vez. Si ya la aceptó, inicie sesión para continuar.",
        },
        link_elsewhere: Problem {
            title: "Abra este enlace donde lo pidió",
            text: "Por su seguridad, solo funciona en el navegador que lo pidió. Ábralo allí o escriba allí el código del correo.",
        },
        link_expired: Problem {
            title: "Este enlace ha caducado",
            text: "Los enlaces sirven solo por poco tiempo. Pida uno nuevo.",
        },
        link_invalid: Problem {
            title: "Este enlace no funciona",
            text: "Quizá se perdió una parte. Ábralo otra vez desde el correo o pida uno nuevo.",
        },
        link_used: Problem {
            title: "Este enlace ya se usó",
            text: "Cada enlace sirve una sola vez. Si no ha iniciado sesión, pida uno nuevo.",
        },
        not_found: Problem {
            title: "Aquí no hay nada",
            text: "Puede que la dirección esté mal escrita o ya no exista.",
        },
        provider_unavailable: Problem {
            title: "El otro servicio no responde",
            text: "Inténtelo de nuevo en un momento o inicie sesión de otra forma.",
        },
        rate_limited: Problem { title: "Demasiados intentos", text: "Espere un poco e inténtelo de nuevo." },
        second_factor_locked: Problem {
            title: "Demasiados códigos incorrectos",
            text: "Por su seguridad, durante un tiempo no se acepta ningún código. Inicie sesión de nuevo más tarde.",
        },
        sign_up_closed: Problem { title: "No tiene cuenta", text: "Por el momento no se pueden crear cuentas nuevas." },
        unauthorized: Problem { title: "No ha iniciado sesión", text: "Inicie sesión para continuar." },
        unavailable: Problem {
            title: "Algo ha fallado por nuestra parte",
            text: "No es culpa suya. Inténtelo de nuevo en un momento.",
        },
    },
    mail: MailTexts {
        subject: Message::new("Iniciar sesión en {1}"),
        intro: "Pulse el botón para iniciar sesión.",
        intro_text: "Abra este enlace para iniciar sesión:",
        button: "Iniciar sesión",
        code: "O escriba este código donde lo pidió:",
        lifetime: Plural::new(
            "El enlace y el código sirven una sola vez, durante {1} minuto.",
            "El enlace y el código sirven una sola vez, durante {1} minutos.",
        ),
        address: "Si el botón no funciona, copie esta dirección en su navegador:",
        asked_from: Message::new("Pedido el {1}, desde {2}."),
        asked: Message::new("Pedido el {1}."),
        not_you: "Si no fue usted, ignore este correo: sin él nadie puede iniciar sesión. No le diga el código a nadie.",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("Su aplicación de autenticación está configurada para {1}"),
            title: "Su aplicación de autenticación está configurada",
            text: Message::new(
                "A partir de ahora, al iniciar sesión en {1} se pide también un código de su aplicación de \
                 autenticación.",
            ),
        },
        disabled: NoticeTexts {
            subject: Message::new("Se desactivó su aplicación de autenticación para {1}"),
            title: "Se desactivó su aplicación de autenticación",
            text: Message::new("Al iniciar sesión en {1} ya no se pide un código de su aplicación de autenticación."),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("Se usó un código de recuperación para {1}"),
            title: "Se usó un código de recuperación",
            text: Message::new("Alguien usó uno de sus códigos de recuperación para {1}. Ese código ya no sirve."),
        },
        codes_left: Plural::new("Le queda {1} código de recuperación.", "Le quedan {1} códigos de recuperación."),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("Nuevos códigos de recuperación para {1}"),
            title: "Tiene nuevos códigos de recuperación",
            text: Message::new("Su cuenta de {1} tiene nuevos códigos de recuperación. Los anteriores ya no sirven."),
        },
        locked: NoticeTexts {
            subject: Message::new("Demasiados códigos incorrectos para {1}"),
            title: "Demasiados códigos incorrectos",
            text: Message::new(
                "Alguien escribió demasiados códigos incorrectos para su cuenta de {1}. Durante un tiempo no se acepta \
                 ningún código.",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("Se ha añadido una llave de acceso para {1}"),
            title: "Se ha añadido una llave de acceso",
            text: Message::new(
                "A partir de ahora puede iniciar sesión en {1} con ella. Si inicia sesión de otra manera, se le pedirá un segundo paso.",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("Se ha eliminado una llave de acceso para {1}"),
            title: "Se ha eliminado una llave de acceso",
            text: Message::new("Ya no sirve para iniciar sesión en {1}."),
        },
        linked: NoticeTexts {
            subject: Message::new("Una nueva forma de iniciar sesión en {1}"),
            title: "Hay una nueva forma de iniciar sesión",
            text: Message::new("A partir de ahora también puede iniciar sesión en {1} con esta cuenta."),
        },
        unlinked: NoticeTexts {
            subject: Message::new("Se ha eliminado una forma de iniciar sesión en {1}"),
            title: "Se ha eliminado una forma de iniciar sesión",
            text: Message::new(
                "Esta cuenta ya no sirve para iniciar sesión en {1}. Las sesiones que se iniciaron con ella han terminado.",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("Se ha aceptado su invitación a {1}"),
            title: "Se ha aceptado su invitación",
            text: Message::new("Alguien abrió su invitación a {1} e inicia sesión con esta cuenta."),
        },
        happened_from: Message::new("El {1}, desde {2}."),
        happened: Message::new("El {1}."),
        not_you: "Si no fue usted, revise cómo se inicia sesión en su cuenta y cámbielo. Quizá su correo también necesite una contraseña nueva.",
        check: "Revisar mi inicio de sesión",
        check_text: "Revise aquí su inicio de sesión:",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("¿Añadir una forma de iniciar sesión en {1}?"),
            title: "¿Añadir esta forma de iniciar sesión?",
            text: Message::new(
                "Alguien inició sesión en {1} con esta cuenta. Tiene su dirección de correo, igual que su cuenta aquí.",
            ),
            yes: "Si fue usted, añádala: desde entonces podrá iniciar sesión con ella.",
            submit: "Añadir e iniciar sesión",
            not_you: "Si no fue usted, no haga nada: sin usted no ocurre nada.",
        },
        prove: WishTexts {
            subject: Message::new("Confirme su dirección para {1}"),
            title: "¿Es esta su dirección?",
            text: Message::new("Alguien se registró en {1} con esta cuenta y con su dirección de correo."),
            yes: "Si fue usted, confirme la dirección: desde entonces podrá iniciar sesión con ella.",
            submit: "Confirmar la dirección",
            not_you: "Si no fue usted, no haga nada. De lo contrario, quien tenga esa cuenta compartiría la suya.",
        },
        button: "Ver de qué se trata",
        lifetime: Plural::new(
            "El enlace funciona una vez, durante {1} minuto.",
            "El enlace funciona una vez, durante {1} minutos.",
        ),
        mailed: Problem {
            title: "Revise su correo",
            text: "Ya hay una cuenta con su dirección de correo. Le hemos enviado un enlace: ábralo en este navegador para iniciar sesión también así.",
        },
        elsewhere: Problem {
            title: "Abra este enlace donde inició sesión",
            text: "Por su seguridad, solo funciona en el navegador en el que alguien acaba de iniciar sesión con la otra cuenta. Si no fue usted, cierre esta página: no ha ocurrido nada.",
        },
        proven: Problem {
            title: "Su dirección está confirmada",
            text: "A partir de ahora puede iniciar sesión con ella.",
        },
    },
    undo: UndoTexts {
        title: "¿No fue usted?",
        removes: "Si no fue usted, pulse el botón: se elimina esta forma de iniciar sesión y terminan todas las sesiones de su cuenta.",
        ends: "Si no fue usted, pulse el botón: terminan todas las sesiones de su cuenta. Después inicie sesión y añádala de nuevo.",
        submit: "No fui yo",
        ignore: "Si fue usted, no tiene que hacer nada.",
        done: Problem {
            title: "Todas las sesiones han terminado",
            text: "Inicie sesión de nuevo y revise de qué formas se puede entrar en su cuenta. Quizá su correo también necesite una contraseña nueva.",
        },
    },
};
