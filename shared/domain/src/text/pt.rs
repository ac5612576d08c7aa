//! Portuguese.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "Idioma",
        start_again: "Recomeçar",
        back: "Voltar",
        go_on: "Continuar",
        minutes: Plural::new("{1} minuto", "{1} minutos"),
        months: ["jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez."],
        moment: Message::new("{1} de {2} de {3}, {4} UTC"),
        date: Message::new("{1} de {2} de {3}"),
        terms: "Termos",
        privacy: "Privacidade",
        imprint: "Informações legais",
        support: "Ajuda",
        reference: Message::new("Se pedir ajuda, informe esta referência: {1}"),
        device: Message::new("{1} no {2}"),
    },
    sign_in: SignInTexts {
        title: "Iniciar sessão",
        heading: Message::new("Iniciar sessão em {1}"),
        with_provider: Message::new("Continuar com {1}"),
        or: "ou",
        email: "Endereço de e-mail",
        hint: "Enviaremos um link e um código por e-mail. Não é preciso senha.",
        send: "Receber um link",
        email_fault: "Indique um endereço de e-mail, por exemplo nome@example.com.",
        limit_fault: Plural::new(
            "Foram pedidos e-mails demais. Tente novamente em {1} minuto.",
            "Foram pedidos e-mails demais. Tente novamente em {1} minutos.",
        ),
        lately: Plural::new("Já enviamos um e-mail há {1} segundo.", "Já enviamos um e-mail há {1} segundos."),
        lately_perhaps: Plural::new(
            "Se for possível iniciar sessão aqui com este endereço, já enviamos um e-mail há {1} segundo.",
            "Se for possível iniciar sessão aqui com este endereço, já enviamos um e-mail há {1} segundos.",
        ),
        to_code: "Digitar o código desse e-mail",
    },
    check_mail: CheckMailTexts {
        title: "Veja o seu e-mail",
        sent: Message::new("Enviamos um link e um código para {1}."),
        sent_perhaps: Message::new("Se {1} puder iniciar sessão aqui, um link e um código já estão a caminho."),
        lifetime: Plural::new(
            "Abra o link ou digite o código. Servem uma única vez, durante {1} minuto.",
            "Abra o link ou digite o código. Servem uma única vez, durante {1} minutos.",
        ),
        code: "Código do e-mail",
        hint: "8 letras e algarismos",
        submit: "Iniciar sessão",
        wrong: Plural::new(
            "Esse código não está certo. Resta {1} tentativa.",
            "Esse código não está certo. Restam {1} tentativas.",
        ),
        used: Problem {
            title: "Este código já foi usado",
            text: "O link do mesmo e-mail foi aberto ou o código já foi digitado. Para iniciar sessão aqui, peça um novo e-mail.",
        },
        expired: Problem {
            title: "Este código expirou",
            text: "O link e o código só valem por pouco tempo. Peça um novo e-mail para continuar.",
        },
        spent: Problem {
            title: "Este código não é mais válido",
            text: "Foi digitado errado vezes demais. Peça um novo e-mail para continuar; o link deste talvez ainda funcione.",
        },
        nothing: "Não recebeu o e-mail?",
        nothing_text: "Pode demorar um minuto. Veja também na pasta de spam.",
        resend: "Enviar novamente",
        resend_in: Plural::new("Poderá enviar novamente em {1} segundo.", "Poderá enviar novamente em {1} segundos."),
        other_address: "Usar outro endereço",
    },
    link: LinkTexts {
        as_whom: Message::new("A sessão será iniciada como {1}."),
        submit: "Iniciar sessão",
        other_browser: "Este link foi pedido em outro navegador. Se foi você, continue. Se não, feche esta página.",
    },
    signed_in: SignedInTexts { title: "Sessão iniciada", sign_out: "Sair" },
    registration: Problem {
        title: "É preciso um convite",
        text: "Você ainda não tem conta, e novas contas são criadas apenas por convite. Abra o link do seu convite ou \
               peça um aos responsáveis por este serviço.",
    },
    invite: InviteTexts {
        title: "Seu convite",
        heading: Message::new("Convite para {1}"),
        role: Message::new("Você entrará com a função “{1}”."),
        lifetime: Message::new("O convite serve uma única vez, até {1}."),
        for_whom: Message::new("Este convite foi enviado para {1}."),
        accept: "Aceitar o convite",
        hint: "Depois disso, a sessão é iniciada por e-mail. Não é preciso senha.",
        intro: "Use o botão para abrir o seu convite.",
        intro_text: "Abra este link para ver o seu convite:",
        button: "Abrir o convite",
        not_you: "Se você não esperava este convite, ignore este e-mail. Não o encaminhe: quem tiver o link pode \
                  entrar no seu lugar.",
    },
    passing_on: PassingOnTexts {
        title: "Um momento",
        text: "A sessão está sendo iniciada. Se nada acontecer, use o botão.",
    },
    second_factor: SecondFactorTexts {
        title: "Confirme que é você",
        prompt: Message::new("Digite o código de 6 algarismos que o seu aplicativo autenticador mostra para {1}."),
        code: "Código do aplicativo",
        wrong: "Esse código não está certo. Espere pelo próximo e tente novamente.",
        locked: Plural::new(
            "Códigos errados demais. Tente novamente em {1} minuto.",
            "Códigos errados demais. Tente novamente em {1} minutos.",
        ),
        locked_hours: Plural::new(
            "Códigos errados demais. Tente novamente em {1} hora.",
            "Códigos errados demais. Tente novamente em {1} horas.",
        ),
        closed: "Códigos errados demais. Os códigos do aplicativo não são mais aceitos: use um código de recuperação ou uma chave de acesso.",
        use_recovery: "Usar um código de recuperação",
        recovery_title: "Usar um código de recuperação",
        recovery_prompt: "Digite um dos códigos de recuperação que guardou. Cada um serve uma única vez.",
        recovery_code: "Código de recuperação",
        recovery_wrong: "Esse código de recuperação não está certo ou já foi usado.",
        use_app: "Usar o aplicativo autenticador",
        passkey: PasskeyTexts {
            sign_in: "Iniciar sessão com uma chave de acesso",
            prompt: Message::new("Confirme com a chave de acesso que você configurou para {1}."),
            show: "Usar uma chave de acesso",
            failed: "Não funcionou. Tente de novo ou use outro meio.",
            unsupported: "Este navegador não pode usar chaves de acesso aqui.",
        },
        enrol: EnrolTexts {
            title: "Configure o seu aplicativo autenticador",
            scan: "Leia este código QR com o seu aplicativo autenticador.",
            picture: "Código QR para o seu aplicativo autenticador",
            on_this_device: "Abrir em um aplicativo deste dispositivo",
            by_hand: "Não consegue ler o código?",
            key: "Digite esta chave no aplicativo:",
            confirm: "Digite o código de 6 algarismos que o aplicativo mostra.",
            submit: "Ativar",
        },
        kept: RecoveryCodesTexts {
            title: "Guarde os seus códigos de recuperação",
            text: "Se perder o telefone, cada um destes códigos permite entrar uma vez.",
            once: "Só são mostrados agora. Guarde-os em um lugar seguro, por exemplo no seu gerenciador de senhas.",
            copy: "Copiar",
            copied: "Copiado",
            print: "Imprimir",
            file: Message::new("Códigos de recuperação de {1}, conta {2}"),
            download: "Baixar",
            done: "Já os guardei",
        },
        manage: ManageTexts {
            title: "Segurança do acesso",
            app: "Aplicativo autenticador",
            on: "Ativado",
            off: "Desativado",
            why: "Com um aplicativo autenticador, ler o seu e-mail não basta para iniciar sessão em seu nome.",
            set_up: "Configurar",
            codes_left: Plural::new("Resta {1} código de recuperação.", "Restam {1} códigos de recuperação."),
            new_codes: "Obter novos códigos de recuperação",
            new_codes_text: "Os anteriores deixam de funcionar.",
            switch_off: "Desativar",
            switch_off_text: "Ao iniciar sessão, não será mais pedido um código do aplicativo.",
            code: "Código do aplicativo ou de recuperação",
            codes: "Códigos de recuperação",
            change: "Alterar",
            passkeys: "Chaves de acesso",
            passkeys_why: "Com uma chave de acesso, você inicia sessão com a impressão digital, o rosto ou o \
                           bloqueio de tela. Os outros meios também passam a pedi-la.",
            passkey_name: "Como você chama esta chave de acesso?",
            add_passkey: "Adicionar uma chave de acesso",
            rename: "Salvar nome",
            remove: Message::new("Remover “{1}”"),
            added: Message::new("Adicionada em {1}"),
            used: Message::new("usada pela última vez em {1}"),
            synced: "Sincronizada",
            confirm: "Antes de mudar a forma de iniciar sessão, confirme que é você.",
            sign_in_again: Problem {
                title: "Inicie sessão novamente",
                text: "Para mudar a forma de iniciar sessão, é preciso tê-la iniciado há poucos minutos.",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "A sessão não foi iniciada",
            text: "O outro serviço informou que você recusou. Nada aconteceu; pode tentar novamente.",
        },
        account_exists: Problem {
            title: "Você já tem uma conta",
            text: "Já existe uma conta com este endereço de e-mail. Inicie sessão como da última vez.",
        },
        forbidden: Problem {
            title: "Isso não veio daqui",
            text: "Para sua segurança, só aceitamos isso das nossas próprias páginas. Recomece, por favor.",
        },
        invalid_code: Problem {
            title: "Não funcionou",
            text: "Não foi possível confirmar a sua identidade. Tente novamente.",
        },
        invalid_provider: Problem {
            title: "Esta forma de iniciar sessão não está disponível",
            text: "Escolha outra, por favor.",
        },
        invalid_redirect: Problem {
            title: "Este link não está certo",
            text: "O aplicativo de onde você veio indicou um endereço que não é permitido. Avise os responsáveis por ele.",
        },
        invalid_request: Problem {
            title: "Não foi possível ler o pedido",
            text: "Faltava algo ou estava malformado. Recomece, por favor.",
        },
        invalid_state: Problem {
            title: "Este início de sessão terminou",
            text: "Demorou demais, já tinha sido concluído ou foi começado em outro navegador. Recomece, por favor.",
        },
        invite_expired: Problem { title: "Este convite expirou", text: "Peça um novo a quem convidou você." },
        invite_invalid: Problem {
            title: "Este convite não funciona",
            text: "Talvez uma parte do link tenha se perdido. Abra-o novamente a partir do e-mail ou peça um novo \
                   convite.",
        },
        invite_revoked: Problem {
            title: "Este convite foi cancelado",
            text: "Se você acha que é um engano, fale com quem o enviou.",
        },
        invite_used: Problem {
            title: "Este convite já foi usado",
            text: "Cada convite serve uma única vez. Se você já o aceitou, inicie sessão para continuar.",
        },
        link_elsewhere: Problem {
            title: "Abra este link onde o pediu",
            text: "Para sua segurança, ele só funciona no navegador que o pediu. Abra-o lá ou digite lá o código do e-mail.",
        },
        link_expired: Problem {
            title: "Este link expirou",
            text: "Os links são válidos por pouco tempo. Peça um novo.",
        },
        link_invalid: Problem {
            title: "Este link não funciona",
            text: "Talvez uma parte tenha se perdido. Abra-o novamente a partir do e-mail ou peça um novo.",
        },
        link_used: Problem {
            title: "Este link já foi usado",
            text: "Cada link serve uma única vez. Se a sessão não foi iniciada, peça um novo.",
        },
        not_found: Problem {
            title: "Não há nada aqui",
            text: "O endereço pode estar mal escrito ou não existir mais.",
        },
        provider_unavailable: Problem {
            title: "O outro serviço não responde",
            text: "Tente novamente daqui a pouco ou inicie sessão de outra forma.",
        },
        rate_limited: Problem { title: "Tentativas demais", text: "Espere um pouco e tente novamente." },
        second_factor_locked: Problem {
            title: "Códigos errados demais",
            text: "Para sua segurança, nenhum código é aceito por algum tempo. Inicie sessão novamente mais tarde.",
        },
        sign_up_closed: Problem {
            title: "Você não tem conta", text: "No momento não é possível criar novas contas."
        },
        unauthorized: Problem { title: "A sessão não está iniciada", text: "Inicie sessão para continuar." },
        unavailable: Problem {
            title: "Algo deu errado do nosso lado",
            text: "A culpa não é sua. Tente novamente daqui a pouco.",
        },
    },
    mail: MailTexts {
        subject: Message::new("Iniciar sessão em {1}"),
        intro: "Use o botão para iniciar sessão.",
        intro_text: "Abra este link para iniciar sessão:",
        button: "Iniciar sessão",
        code: "Ou digite este código onde o pediu:",
        lifetime: Plural::new(
            "O link e o código servem uma única vez, durante {1} minuto.",
            "O link e o código servem uma única vez, durante {1} minutos.",
        ),
        address: "Se o botão não funcionar, copie este endereço para o seu navegador:",
        asked_from: Message::new("Pedido em {1}, com {2}."),
        asked: Message::new("Pedido em {1}."),
        not_you: "Se não foi você, ignore este e-mail: sem ele ninguém consegue iniciar sessão. Nunca diga o código a \
                  ninguém.",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("O seu aplicativo autenticador está configurado para {1}"),
            title: "O seu aplicativo autenticador está configurado",
            text: Message::new(
                "A partir de agora, iniciar sessão em {1} pede também um código do seu aplicativo autenticador.",
            ),
        },
        disabled: NoticeTexts {
            subject: Message::new("O seu aplicativo autenticador foi desativado para {1}"),
            title: "O seu aplicativo autenticador foi desativado",
            text: Message::new("Iniciar sessão em {1} não pede mais um código do seu aplicativo autenticador."),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("Um código de recuperação foi usado para {1}"),
            title: "Um código de recuperação foi usado",
            text: Message::new(
                "Alguém usou um dos seus códigos de recuperação para {1}. Esse código não funciona mais.",
            ),
        },
        codes_left: Plural::new("Resta {1} código de recuperação.", "Restam {1} códigos de recuperação."),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("Novos códigos de recuperação para {1}"),
            title: "Você tem novos códigos de recuperação",
            text: Message::new(
                "A sua conta em {1} tem novos códigos de recuperação. Os anteriores não funcionam mais.",
            ),
        },
        locked: NoticeTexts {
            subject: Message::new("Códigos errados demais para {1}"),
            title: "Códigos errados demais",
            text: Message::new(
                "Alguém digitou códigos errados demais para a sua conta em {1}. Por algum tempo, nenhum código é aceito.",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("Uma chave de acesso foi adicionada para {1}"),
            title: "Uma chave de acesso foi adicionada",
            text: Message::new(
                "A partir de agora, você pode entrar em {1} com ela. Ao entrar de outra forma, será pedida uma segunda etapa.",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("Uma chave de acesso foi removida para {1}"),
            title: "Uma chave de acesso foi removida",
            text: Message::new("Ela não serve mais para entrar em {1}."),
        },
        linked: NoticeTexts {
            subject: Message::new("Uma nova forma de entrar em {1}"),
            title: "Há uma nova forma de entrar",
            text: Message::new("A partir de agora, você também pode entrar em {1} com esta conta."),
        },
        unlinked: NoticeTexts {
            subject: Message::new("Uma forma de entrar em {1} foi removida"),
            title: "Uma forma de entrar foi removida",
            text: Message::new(
                "Esta conta não serve mais para entrar em {1}. As sessões iniciadas com ela terminaram.",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("O seu convite para {1} foi aceito"),
            title: "O seu convite foi aceito",
            text: Message::new("Alguém abriu o seu convite para {1} e entra com esta conta."),
        },
        happened_from: Message::new("Em {1}, com {2}."),
        happened: Message::new("Em {1}."),
        not_you: "Se não foi você, verifique como se inicia sessão na sua conta e mude isso. Talvez o seu e-mail também precise de uma nova senha.",
        check: "Verificar o meu acesso",
        check_text: "Verifique aqui o seu acesso:",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("Adicionar uma forma de entrar em {1}?"),
            title: "Adicionar esta forma de entrar?",
            text: Message::new(
                "Alguém entrou em {1} com esta conta. Ela tem o seu endereço de e-mail, assim como a sua conta aqui.",
            ),
            yes: "Se foi você, adicione-a: a partir daí, você pode entrar com ela.",
            submit: "Adicionar e entrar",
            not_you: "Se não foi você, não faça nada: sem você, nada acontece.",
        },
        prove: WishTexts {
            subject: Message::new("Confirme o seu endereço para {1}"),
            title: "Este endereço é seu?",
            text: Message::new("Alguém se cadastrou em {1} com esta conta e com o seu endereço de e-mail."),
            yes: "Se foi você, confirme o endereço: a partir daí, você pode entrar com ele.",
            submit: "Confirmar o endereço",
            not_you: "Se não foi você, não faça nada. Do contrário, quem tem essa conta dividiria a sua com você.",
        },
        button: "Ver do que se trata",
        lifetime: Plural::new(
            "O link funciona uma vez, durante {1} minuto.",
            "O link funciona uma vez, durante {1} minutos.",
        ),
        mailed: Problem {
            title: "Veja o seu e-mail",
            text: "Já existe uma conta com o seu endereço de e-mail. Enviamos um link para ela: abra-o neste navegador para entrar também desta forma.",
        },
        elsewhere: Problem {
            title: "Abra este link onde você entrou",
            text: "Para sua segurança, ele só funciona no navegador em que alguém acabou de entrar com a outra conta. Se não foi você, feche esta página: nada aconteceu.",
        },
        proven: Problem {
            title: "O seu endereço está confirmado",
            text: "A partir de agora, você pode entrar com ele.",
        },
    },
    undo: UndoTexts {
        title: "Não foi você?",
        removes: "Se não foi você, use o botão: esta forma de entrar é removida e todas as sessões da sua conta terminam.",
        ends: "Se não foi você, use o botão: todas as sessões da sua conta terminam. Depois, inicie sessão e adicione-a de novo.",
        submit: "Não fui eu",
        ignore: "Se foi você, não precisa fazer nada.",
        done: Problem {
            title: "Todas as sessões terminaram",
            text: "Inicie sessão de novo e veja de que formas se pode entrar na sua conta. A sua caixa de correio também pode precisar de uma senha nova.",
        },
    },
};
