//! Japanese.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "言語",
        start_again: "最初からやり直す",
        back: "戻る",
        go_on: "続ける",
        minutes: Plural::same("{1}分"),
        months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
        moment: Message::new("{3}年{2}{1}日 {4}（UTC）"),
        date: Message::new("{3}年{2}{1}日"),
        terms: "利用規約",
        privacy: "プライバシー",
        imprint: "運営者情報",
        support: "ヘルプ",
        reference: Message::new("お問い合わせの際は、次の番号をお知らせください：{1}"),
        device: Message::new("{2}の{1}"),
    },
    sign_in: SignInTexts {
        title: "ログイン",
        heading: Message::new("{1}にログイン"),
        with_provider: Message::new("{1}で続ける"),
        or: "または",
        email: "メールアドレス",
        hint: "リンクとコードをメールでお送りします。パスワードは不要です。",
        send: "リンクを受け取る",
        email_fault: "メールアドレスを入力してください（例：name@example.com）。",
        limit_fault: Plural::same("メールの送信回数が上限に達しました。{1}分後にもう一度お試しください。"),
        lately: Plural::same("{1}秒前にメールをお送りしました。"),
        lately_perhaps: Plural::same("このアドレスでログインできる場合は、{1}秒前にメールをお送りしています。"),
        to_code: "そのメールのコードを入力する",
    },
    check_mail: CheckMailTexts {
        title: "メールをご確認ください",
        sent: Message::new("{1} にリンクとコードをお送りしました。"),
        sent_perhaps: Message::new("{1} がこちらでログインできる場合は、リンクとコードをお送りします。"),
        lifetime: Plural::same("リンクを開くか、コードを入力してください。どちらも{1}分以内に一度だけ使えます。"),
        code: "メールに記載のコード",
        hint: "英数字8文字",
        submit: "ログイン",
        wrong: Plural::same("コードが正しくありません。あと{1}回入力できます。"),
        used: Problem {
            title: "このコードはすでに使用されました",
            text: "同じメールのリンクが開かれたか、コードがすでに入力されました。ここでログインするには、新しいメールをお受け取りください。",
        },
        expired: Problem {
            title: "このコードの期限が切れました",
            text: "リンクとコードは短い時間だけ有効です。続けるには、新しいメールをお受け取りください。",
        },
        spent: Problem {
            title: "このコードは使えなくなりました",
            text: "間違った入力の回数が上限に達しました。続けるには、新しいメールをお受け取りください。このメールのリンクはまだ使える場合があります。",
        },
        nothing: "メールが届きませんか？",
        nothing_text: "届くまでに1分ほどかかることがあります。迷惑メールフォルダーもご確認ください。",
        resend: "もう一度送信する",
        resend_in: Plural::same("{1}秒後にもう一度送信できます。"),
        other_address: "別のアドレスを使う",
    },
    link: LinkTexts {
        as_whom: Message::new("{1} としてログインします。"),
        submit: "ログイン",
        other_browser: "このリンクは別のブラウザーからリクエストされました。ご本人であれば続けてください。心当たりがない場合は、このページを閉じてください。",
    },
    signed_in: SignedInTexts { title: "ログインしています", sign_out: "ログアウト" },
    registration: Problem {
        title: "招待が必要です",
        text: "まだアカウントがありません。新しいアカウントは招待された方のみ作成できます。招待メールのリンクを開くか、このサービスの運営者に招待をご依頼ください。",
    },
    invite: InviteTexts {
        title: "招待",
        heading: Message::new("{1} への招待"),
        role: Message::new("「{1}」の役割で参加します。"),
        lifetime: Message::new("この招待は{1}まで、一度だけ使えます。"),
        for_whom: Message::new("この招待は {1} 宛てに送信されました。"),
        accept: "招待を受ける",
        hint: "その後はメールでログインします。パスワードは不要です。",
        intro: "ボタンを押して招待を開いてください。",
        intro_text: "次のリンクを開いて招待をご確認ください：",
        button: "招待を開く",
        not_you: "心当たりがない場合は、このメールを無視してください。リンクを持つ人は誰でもあなたの代わりに参加できるため、このメールを他の人に転送しないでください。",
    },
    passing_on: PassingOnTexts {
        title: "少々お待ちください",
        text: "ログインしています。画面が変わらない場合は、ボタンを押してください。",
    },
    second_factor: SecondFactorTexts {
        title: "ご本人確認",
        prompt: Message::new("認証アプリに表示されている{1}の6桁のコードを入力してください。"),
        code: "認証アプリのコード",
        wrong: "コードが正しくありません。次のコードが表示されてから、もう一度お試しください。",
        locked: Plural::same("誤ったコードの入力が多すぎます。{1}分後にもう一度お試しください。"),
        locked_hours: Plural::same("誤ったコードの入力が多すぎます。{1}時間後にもう一度お試しください。"),
        closed: "誤ったコードの入力が多すぎます。アプリのコードは受け付けられなくなりました。リカバリーコードかパスキーをお使いください。",
        use_recovery: "リカバリーコードを使う",
        recovery_title: "リカバリーコードを使う",
        recovery_prompt: "保管しているリカバリーコードを1つ入力してください。それぞれ一度だけ使えます。",
        recovery_code: "リカバリーコード",
        recovery_wrong: "リカバリーコードが正しくないか、すでに使用されています。",
        use_app: "認証アプリを使う",
        passkey: PasskeyTexts {
            sign_in: "パスキーでログイン",
            prompt: Message::new("{1} に登録したパスキーで確認してください。"),
            show: "パスキーを使う",
            failed: "うまくいきませんでした。もう一度試すか、別の方法を使ってください。",
            unsupported: "このブラウザーでは、ここでパスキーを使えません。",
        },
        enrol: EnrolTexts {
            title: "認証アプリの設定",
            scan: "認証アプリでこのQRコードを読み取ってください。",
            picture: "認証アプリ用のQRコード",
            on_this_device: "このデバイスのアプリで開く",
            by_hand: "読み取れない場合",
            key: "次のキーをアプリに入力してください：",
            confirm: "アプリに表示された6桁のコードを入力してください。",
            submit: "有効にする",
        },
        kept: RecoveryCodesTexts {
            title: "リカバリーコードを保管してください",
            text: "スマートフォンをなくしたときは、それぞれのコードで一度ずつログインできます。",
            once: "表示されるのは今回だけです。パスワードマネージャーなどの安全な場所に保管してください。",
            copy: "コピー",
            copied: "コピーしました",
            print: "印刷",
            file: Message::new("{1}のリカバリーコード（アカウント：{2}）"),
            download: "ダウンロード",
            done: "保管しました",
        },
        manage: ManageTexts {
            title: "ログインのセキュリティ",
            app: "認証アプリ",
            on: "有効",
            off: "無効",
            why: "認証アプリを使うと、メールを読まれただけでは、なりすましてログインされることはありません。",
            set_up: "設定する",
            codes_left: Plural::same("リカバリーコードは残り{1}個です。"),
            new_codes: "新しいリカバリーコードを発行する",
            new_codes_text: "これまでのコードは使えなくなります。",
            switch_off: "無効にする",
            switch_off_text: "ログイン時に認証アプリのコードを求められなくなります。",
            code: "認証アプリのコードまたはリカバリーコード",
            codes: "リカバリーコード",
            change: "変更",
            passkeys: "パスキー",
            passkeys_why: "パスキーがあれば、指紋、顔、または画面ロックでログインできます。ほかの方法でログインするときにも、パスキーの確認が必要になります。",
            passkey_name: "このパスキーの名前",
            add_passkey: "パスキーを追加",
            rename: "名前を保存",
            remove: Message::new("「{1}」を削除"),
            added: Message::new("追加日: {1}"),
            used: Message::new("最終使用日: {1}"),
            synced: "同期済み",
            confirm: "ログイン方法を変更する前に、ご本人であることを確認してください。",
            sign_in_again: Problem {
                title: "もう一度ログインしてください",
                text: "ログイン方法を変更するには、数分以内にログインしている必要があります。",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "ログインしませんでした",
            text: "連携先のサービスで許可されませんでした。何も変更されていません。もう一度お試しいただけます。",
        },
        account_exists: Problem {
            title: "すでにアカウントがあります",
            text: "このメールアドレスのアカウントがすでにあります。前回と同じ方法でログインしてください。",
        },
        forbidden: Problem {
            title: "このページからの操作ではありません",
            text: "安全のため、当サービスのページからの操作のみ受け付けています。最初からやり直してください。",
        },
        invalid_code: Problem {
            title: "ログインできませんでした",
            text: "ご本人であることを確認できませんでした。もう一度お試しください。",
        },
        invalid_provider: Problem {
            title: "このログイン方法は利用できません", text: "別の方法をお選びください。"
        },
        invalid_redirect: Problem {
            title: "このリンクは正しくありません",
            text: "アプリから渡されたアドレスは許可されていません。アプリの運営者にお知らせください。",
        },
        invalid_request: Problem {
            title: "リクエストを読み取れませんでした",
            text: "必要な情報が不足しているか、形式が正しくありません。最初からやり直してください。",
        },
        invalid_state: Problem {
            title: "このログインは終了しました",
            text: "時間がかかりすぎたか、すでに完了しているか、別のブラウザーで開始されています。最初からやり直してください。",
        },
        invite_expired: Problem {
            title: "招待の有効期限が切れています",
            text: "招待した方に、新しい招待をご依頼ください。",
        },
        invite_invalid: Problem {
            title: "この招待は使えません",
            text: "リンクの一部が欠けている可能性があります。メールからもう一度開くか、招待した方に新しい招待をご依頼ください。",
        },
        invite_revoked: Problem {
            title: "この招待は取り消されました",
            text: "誤りだと思われる場合は、招待した方にお問い合わせください。",
        },
        invite_used: Problem {
            title: "この招待はすでに使用されています",
            text: "招待は一度だけ使えます。すでに招待を受けた場合は、ログインしてください。",
        },
        link_elsewhere: Problem {
            title: "お申し込みになったブラウザーで開いてください",
            text: "安全のため、このリンクはお申し込みになったブラウザーでのみ使えます。そのブラウザーで開くか、メールのコードを入力してください。",
        },
        link_expired: Problem {
            title: "リンクの有効期限が切れています",
            text: "リンクは短い時間のみ有効です。新しいリンクをお受け取りください。",
        },
        link_invalid: Problem {
            title: "このリンクは使えません",
            text: "リンクの一部が欠けている可能性があります。メールからもう一度開くか、新しいリンクをお受け取りください。",
        },
        link_used: Problem {
            title: "このリンクはすでに使用されています",
            text: "リンクは一度だけ使えます。ログインしていない場合は、新しいリンクをお受け取りください。",
        },
        not_found: Problem {
            title: "ページが見つかりません",
            text: "アドレスが間違っているか、古くなっている可能性があります。",
        },
        provider_unavailable: Problem {
            title: "連携先のサービスが応答していません",
            text: "しばらくしてからもう一度お試しいただくか、別の方法でログインしてください。",
        },
        rate_limited: Problem {
            title: "試行回数が多すぎます", text: "しばらく待ってから、もう一度お試しください。"
        },
        second_factor_locked: Problem {
            title: "誤ったコードの入力が多すぎます",
            text: "安全のため、しばらくの間コードを受け付けません。時間をおいてから、もう一度ログインしてください。",
        },
        sign_up_closed: Problem {
            title: "アカウントがありません", text: "現在、新しいアカウントは作成できません。"
        },
        unauthorized: Problem {
            title: "ログインしていません", text: "続けるにはログインしてください。"
        },
        unavailable: Problem {
            title: "問題が発生しました",
            text: "ご迷惑をおかけして申し訳ありません。しばらくしてからもう一度お試しください。",
        },
    },
    mail: MailTexts {
        subject: Message::new("{1}へのログイン"),
        intro: "ボタンを押してログインしてください。",
        intro_text: "次のリンクを開いてログインしてください：",
        button: "ログイン",
        code: "または、リクエストした画面で次のコードを入力してください：",
        lifetime: Plural::same("リンクとコードは、{1}分以内に一度だけ使えます。"),
        address: "ボタンが使えない場合は、次のアドレスをブラウザーにコピーしてください：",
        asked_from: Message::new("リクエスト日時：{1}、{2}から。"),
        asked: Message::new("リクエスト日時：{1}。"),
        not_you: "心当たりがない場合は、このメールを無視してください。このメールがなければ、誰もログインできません。コードは絶対に他の人に教えないでください。",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("{1}の認証アプリが設定されました"),
            title: "認証アプリが設定されました",
            text: Message::new("今後、{1}にログインするときは、認証アプリのコードも必要になります。"),
        },
        disabled: NoticeTexts {
            subject: Message::new("{1}の認証アプリが無効になりました"),
            title: "認証アプリが無効になりました",
            text: Message::new("今後、{1}にログインするときに、認証アプリのコードは不要です。"),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("{1}のリカバリーコードが使用されました"),
            title: "リカバリーコードが使用されました",
            text: Message::new("{1}のリカバリーコードが1つ使用されました。そのコードはもう使えません。"),
        },
        codes_left: Plural::same("リカバリーコードは残り{1}個です。"),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("{1}の新しいリカバリーコードが発行されました"),
            title: "新しいリカバリーコードが発行されました",
            text: Message::new(
                "{1}のアカウントに新しいリカバリーコードが発行されました。以前のコードはもう使えません。",
            ),
        },
        locked: NoticeTexts {
            subject: Message::new("{1}で誤ったコードが何度も入力されました"),
            title: "誤ったコードが何度も入力されました",
            text: Message::new(
                "{1}のアカウントで、誤ったコードが何度も入力されました。しばらくの間、コードを受け付けません。",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("{1}にパスキーが追加されました"),
            title: "パスキーが追加されました",
            text: Message::new(
                "今後は、このパスキーで{1}にログインできます。ほかの方法でログインするときは、2段階目の確認が必要になります。",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("{1}のパスキーが削除されました"),
            title: "パスキーが削除されました",
            text: Message::new("このパスキーでは{1}にログインできなくなりました。"),
        },
        linked: NoticeTexts {
            subject: Message::new("{1}に新しいログイン方法が追加されました"),
            title: "新しいログイン方法が追加されました",
            text: Message::new("今後は、このアカウントでも{1}にログインできます。"),
        },
        unlinked: NoticeTexts {
            subject: Message::new("{1}のログイン方法が削除されました"),
            title: "ログイン方法が削除されました",
            text: Message::new(
                "このアカウントでは{1}にログインできなくなりました。このアカウントで始まったセッションは終了しました。",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("{1}への招待が承諾されました"),
            title: "招待が承諾されました",
            text: Message::new("{1}への招待が開かれ、このアカウントでログインするようになりました。"),
        },
        happened_from: Message::new("日時：{1}、{2}から。"),
        happened: Message::new("日時：{1}。"),
        not_you: "心当たりがない場合は、アカウントのログイン方法を確認し、変更してください。メールのパスワードの変更もご検討ください。",
        check: "ログイン方法を確認",
        check_text: "ログイン方法の確認はこちら：",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("{1}にログイン方法を追加しますか？"),
            title: "このログイン方法を追加しますか？",
            text: Message::new(
                "このアカウントで{1}へのログインがありました。メールアドレスは、あなたのアカウントと同じです。",
            ),
            yes: "ご本人であれば追加してください。今後はこのアカウントでもログインできます。",
            submit: "追加してログイン",
            not_you: "心当たりがない場合は、何もしないでください。あなたの操作なしには何も起こりません。",
        },
        prove: WishTexts {
            subject: Message::new("{1}のメールアドレスを確認してください"),
            title: "このメールアドレスはあなたのものですか？",
            text: Message::new("このアカウントとあなたのメールアドレスで{1}への登録がありました。"),
            yes: "ご本人であれば、メールアドレスを確認してください。今後はこのアドレスでログインできます。",
            submit: "メールアドレスを確認する",
            not_you: "心当たりがない場合は、何もしないでください。確認すると、そのアカウントの持ち主とアカウントを共有することになります。",
        },
        button: "内容を見る",
        lifetime: Plural::same("リンクは一度だけ、{1}分以内に使えます。"),
        mailed: Problem {
            title: "メールをご確認ください",
            text: "あなたのメールアドレスのアカウントがすでにあります。リンクをお送りしました。このブラウザーで開くと、今後はこの方法でもログインできます。",
        },
        elsewhere: Problem {
            title: "ログインしたブラウザーで開いてください",
            text: "安全のため、このリンクは、もう一方のアカウントで先ほどログインがあったブラウザーでのみ使えます。心当たりがない場合は、このページを閉じてください。何も変更されていません。",
        },
        proven: Problem {
            title: "メールアドレスが確認されました", text: "今後はこのアドレスでログインできます。"
        },
    },
    undo: UndoTexts {
        title: "心当たりがありませんか？",
        removes: "心当たりがない場合は、ボタンを押してください。このログイン方法が削除され、あなたのアカウントのすべてのセッションが終了します。",
        ends: "心当たりがない場合は、ボタンを押してください。あなたのアカウントのすべてのセッションが終了します。その後、ログインしてもう一度追加してください。",
        submit: "私ではありません",
        ignore: "ご本人であれば、何もする必要はありません。",
        done: Problem {
            title: "すべてのセッションを終了しました",
            text: "もう一度ログインして、アカウントのログイン方法をご確認ください。メールのパスワードの変更もご検討ください。",
        },
    },
};
