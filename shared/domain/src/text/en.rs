//! English.

use super::pattern::{Message, Plural};
use super::texts::{
    CheckMailTexts, CommonTexts, EnrolTexts, InviteTexts, LinkTexts, MailTexts, ManageTexts, NoticeTexts, NoticesTexts,
    PassingOnTexts, PasskeyTexts, Problem, ProblemsTexts, RecoveryCodesTexts, SecondFactorTexts, SignInTexts,
    SignedInTexts, Texts, UndoTexts, WishTexts, WishesTexts,
};

pub(super) const TEXTS: Texts = Texts {
    common: CommonTexts {
        language: "Language",
        start_again: "Start again",
        back: "Back",
        go_on: "Continue",
        minutes: Plural::new("{1} minute", "{1} minutes"),
        months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        moment: Message::new("{1} {2} {3}, {4} UTC"),
        date: Message::new("{1} {2} {3}"),
        terms: "Terms",
        privacy: "Privacy",
        imprint: "Legal notice",
        support: "Help",
        reference: Message::new("If you ask for help, name this reference: {1}"),
        device: Message::new("{1} on {2}"),
    },
    sign_in: SignInTexts {
        title: "Sign in",
        heading: Message::new("Sign in to {1}"),
        with_provider: Message::new("Continue with {1}"),
        or: "or",
        email: "Email address",
        hint: "We’ll email you a link and a code. No password needed.",
        send: "Email me a link",
        email_fault: "Enter an email address such as name@example.com.",
        limit_fault: Plural::new(
            "Too many emails were asked for. Please try again in {1} minute.",
            "Too many emails were asked for. Please try again in {1} minutes.",
        ),
        lately: Plural::new("We sent one {1} second ago.", "We sent one {1} seconds ago."),
        lately_perhaps: Plural::new(
            "If this address can sign in here, we sent one {1} second ago.",
            "If this address can sign in here, we sent one {1} seconds ago.",
        ),
        to_code: "Type the code from that email",
    },
    check_mail: CheckMailTexts {
        title: "Check your email",
        sent: Message::new("We’ve sent a link and a code to {1}."),
        sent_perhaps: Message::new("If {1} can sign in here, a link and a code are on their way."),
        lifetime: Plural::new(
            "Open the link or type the code. They work once, within {1} minute.",
            "Open the link or type the code. They work once, within {1} minutes.",
        ),
        code: "Code from the email",
        hint: "8 letters and digits",
        submit: "Sign in",
        wrong: Plural::new(
            "That code isn’t right. You have {1} try left.",
            "That code isn’t right. You have {1} tries left.",
        ),
        used: Problem {
            title: "This code was used already",
            text: "The link of the same email was opened, or the code was typed before. To sign in here, ask for a new email.",
        },
        expired: Problem {
            title: "This code has expired",
            text: "Link and code work for a short time only. Ask for a new email to go on.",
        },
        spent: Problem {
            title: "This code no longer works",
            text: "It was typed wrong too often. Ask for a new email to go on; the link of this one may still work.",
        },
        nothing: "No email?",
        nothing_text: "It can take a minute. Have a look in your spam folder too.",
        resend: "Send it again",
        resend_in: Plural::new("You can send it again in {1} second.", "You can send it again in {1} seconds."),
        other_address: "Use another address",
    },
    link: LinkTexts {
        as_whom: Message::new("You’re signing in as {1}."),
        submit: "Sign in",
        other_browser: "This link was asked for in another browser. If that was you, go on. If not, close this page.",
    },
    signed_in: SignedInTexts { title: "You’re signed in", sign_out: "Sign out" },
    registration: Problem {
        title: "You need an invitation",
        text: "There is no account for you yet, and new ones are by invitation only. Open the link in your invitation, \
               or ask the people who run this service for one.",
    },
    invite: InviteTexts {
        title: "Your invitation",
        heading: Message::new("You’re invited to {1}"),
        role: Message::new("You’ll join with the role “{1}”."),
        lifetime: Message::new("The invitation works once, until {1}."),
        for_whom: Message::new("This invitation was sent to {1}."),
        accept: "Accept the invitation",
        hint: "From then on you sign in by email. No password needed.",
        intro: "Press the button to open your invitation.",
        intro_text: "Open this link to see your invitation:",
        button: "Open the invitation",
        not_you: "If you didn’t expect this, ignore this email. Don’t pass it on: whoever has the link can join in \
                  your place.",
    },
    passing_on: PassingOnTexts {
        title: "One moment",
        text: "You’re being signed in. If nothing happens, press the button.",
    },
    second_factor: SecondFactorTexts {
        title: "Confirm it’s you",
        prompt: Message::new("Type the 6-digit code that your authenticator app shows for {1}."),
        code: "Code from the app",
        wrong: "That code isn’t right. Wait for the next one and try again.",
        locked: Plural::new(
            "Too many wrong codes. Please try again in {1} minute.",
            "Too many wrong codes. Please try again in {1} minutes.",
        ),
        locked_hours: Plural::new(
            "Too many wrong codes. Please try again in {1} hour.",
            "Too many wrong codes. Please try again in {1} hours.",
        ),
        closed: "Too many wrong codes. Codes from the app are no longer accepted: use a recovery code or a passkey.",
        use_recovery: "Use a recovery code",
        recovery_title: "Use a recovery code",
        recovery_prompt: "Type one of the recovery codes that you kept. Each of them works once.",
        recovery_code: "Recovery code",
        recovery_wrong: "That recovery code isn’t right, or it was used before.",
        use_app: "Use the authenticator app",
        passkey: PasskeyTexts {
            sign_in: "Sign in with a passkey",
            prompt: Message::new("Confirm with the passkey that you set up for {1}."),
            show: "Use a passkey",
            failed: "That didn’t work. Try again, or use another way.",
            unsupported: "This browser cannot use passkeys here.",
        },
        enrol: EnrolTexts {
            title: "Set up your authenticator app",
            scan: "Scan this QR code with your authenticator app.",
            picture: "QR code for your authenticator app",
            on_this_device: "Open it in an app on this device",
            by_hand: "Can’t scan it?",
            key: "Type this key into the app:",
            confirm: "Type the 6-digit code that the app shows.",
            submit: "Switch on",
        },
        kept: RecoveryCodesTexts {
            title: "Keep your recovery codes",
            text: "If you lose your phone, each of these codes lets you in once.",
            once: "They are shown only now. Keep them somewhere safe, such as your password manager.",
            copy: "Copy",
            copied: "Copied",
            print: "Print",
            file: Message::new("Recovery codes for {1}, account {2}"),
            download: "Download",
            done: "I’ve kept them",
        },
        manage: ManageTexts {
            title: "Sign-in security",
            app: "Authenticator app",
            on: "On",
            off: "Off",
            why: "With an authenticator app, reading your email is not enough to sign in as you.",
            set_up: "Set up",
            codes_left: Plural::new("You have {1} recovery code left.", "You have {1} recovery codes left."),
            new_codes: "Get new recovery codes",
            new_codes_text: "The old ones stop working.",
            switch_off: "Switch off",
            switch_off_text: "Signing in will no longer ask for a code from the app.",
            code: "Code from the app or recovery code",
            codes: "Recovery codes",
            change: "Change",
            passkeys: "Passkeys",
            passkeys_why: "With a passkey you sign in with your fingerprint, your face or your screen lock. Every \
                           other way to sign in then asks for it, too.",
            passkey_name: "What do you call this passkey?",
            add_passkey: "Add a passkey",
            rename: "Save name",
            remove: Message::new("Remove “{1}”"),
            added: Message::new("Added on {1}"),
            used: Message::new("last used on {1}"),
            synced: "Synced",
            confirm: "Before you change how you sign in, confirm that it’s you.",
            sign_in_again: Problem {
                title: "Please sign in again",
                text: "To change how you sign in, you must have signed in a few minutes ago at most.",
            },
        },
    },
    problems: ProblemsTexts {
        access_denied: Problem {
            title: "You didn’t sign in",
            text: "The other service told us that you declined. Nothing has happened; you can try again.",
        },
        account_exists: Problem {
            title: "You already have an account",
            text: "An account with this email address exists. Sign in the way you did before.",
        },
        forbidden: Problem {
            title: "That didn’t come from here",
            text: "For your safety, we accept this only from our own pages. Please start again.",
        },
        invalid_code: Problem {
            title: "That didn’t work", text: "We couldn’t confirm who you are. Please try again."
        },
        invalid_provider: Problem {
            title: "This way of signing in isn’t available",
            text: "Please choose another one.",
        },
        invalid_redirect: Problem {
            title: "This link isn’t right",
            text: "The app that sent you here gave an address that isn’t allowed. Please tell the people who run it.",
        },
        invalid_request: Problem {
            title: "We couldn’t read that",
            text: "Something in the request was missing or malformed. Please start again.",
        },
        invalid_state: Problem {
            title: "This sign-in has ended",
            text: "It took too long, was finished already, or was started in another browser. Please start again.",
        },
        invite_expired: Problem {
            title: "This invitation has expired",
            text: "Ask the people who invited you for a new one.",
        },
        invite_invalid: Problem {
            title: "This invitation doesn’t work",
            text: "Perhaps a part of the link got lost. Open it from the email once more, or ask the people who \
                   invited you for a new one.",
        },
        invite_revoked: Problem {
            title: "This invitation was withdrawn",
            text: "If you think that this is a mistake, ask the people who invited you.",
        },
        invite_used: Problem {
            title: "This invitation was used already",
            text: "Each invitation works once. If you accepted it, sign in to go on.",
        },
        link_elsewhere: Problem {
            title: "Open this link where you asked for it",
            text: "For your safety it works only in the browser that asked for it. Open it there, or type the code from the email there.",
        },
        link_expired: Problem {
            title: "This link has expired",
            text: "Links work for a short time only. Ask for a new one.",
        },
        link_invalid: Problem {
            title: "This link doesn’t work",
            text: "Perhaps a part of it got lost. Open it from the email once more, or ask for a new one.",
        },
        link_used: Problem {
            title: "This link was used already",
            text: "Each link works once. If you aren’t signed in, ask for a new one.",
        },
        not_found: Problem { title: "There’s nothing here", text: "The address may be mistyped or out of date." },
        provider_unavailable: Problem {
            title: "The other service isn’t answering",
            text: "Please try again in a moment, or sign in another way.",
        },
        rate_limited: Problem { title: "Too many attempts", text: "Please wait a little and try again." },
        second_factor_locked: Problem {
            title: "Too many wrong codes",
            text: "For your safety, no codes are accepted for a while. Please sign in again later.",
        },
        sign_up_closed: Problem {
            title: "There is no account for you",
            text: "New accounts can’t be made at the moment.",
        },
        unauthorized: Problem { title: "You’re not signed in", text: "Please sign in to go on." },
        unavailable: Problem {
            title: "Something went wrong on our side",
            text: "It’s not your fault. Please try again in a moment.",
        },
    },
    mail: MailTexts {
        subject: Message::new("Sign in to {1}"),
        intro: "Press the button to sign in.",
        intro_text: "Open this link to sign in:",
        button: "Sign in",
        code: "Or type this code where you asked for it:",
        lifetime: Plural::new(
            "Link and code work once, within {1} minute.",
            "Link and code work once, within {1} minutes.",
        ),
        address: "If the button doesn’t work, copy this address into your browser:",
        asked_from: Message::new("Asked for on {1}, from {2}."),
        asked: Message::new("Asked for on {1}."),
        not_you: "If this wasn’t you, ignore this email: nobody can sign in without it. Never tell anybody the code.",
    },
    notices: NoticesTexts {
        enrolled: NoticeTexts {
            subject: Message::new("Your authenticator app is set up for {1}"),
            title: "Your authenticator app is set up",
            text: Message::new("From now on, signing in to {1} also asks for a code from your authenticator app."),
        },
        disabled: NoticeTexts {
            subject: Message::new("Your authenticator app was switched off for {1}"),
            title: "Your authenticator app was switched off",
            text: Message::new("Signing in to {1} no longer asks for a code from your authenticator app."),
        },
        recovery_code_used: NoticeTexts {
            subject: Message::new("A recovery code was used for {1}"),
            title: "A recovery code was used",
            text: Message::new("Somebody used one of your recovery codes for {1}. That code no longer works."),
        },
        codes_left: Plural::new("You have {1} recovery code left.", "You have {1} recovery codes left."),
        recovery_codes_renewed: NoticeTexts {
            subject: Message::new("New recovery codes for {1}"),
            title: "You have new recovery codes",
            text: Message::new("Your account with {1} has new recovery codes. Those from before no longer work."),
        },
        locked: NoticeTexts {
            subject: Message::new("Too many wrong codes for {1}"),
            title: "Too many wrong codes",
            text: Message::new(
                "Somebody typed too many wrong codes for your account with {1}. For a while, no codes are accepted.",
            ),
        },
        passkey_added: NoticeTexts {
            subject: Message::new("A passkey was added for {1}"),
            title: "A passkey was added",
            text: Message::new(
                "From now on, you can sign in to {1} with it. Signing in another way asks for a second step.",
            ),
        },
        passkey_removed: NoticeTexts {
            subject: Message::new("A passkey was removed for {1}"),
            title: "A passkey was removed",
            text: Message::new("It no longer signs you in to {1}."),
        },
        linked: NoticeTexts {
            subject: Message::new("A new way to sign in to {1}"),
            title: "There’s a new way to sign in",
            text: Message::new("From now on, this account signs you in to {1}, too."),
        },
        unlinked: NoticeTexts {
            subject: Message::new("A way to sign in to {1} was removed"),
            title: "A way to sign in was removed",
            text: Message::new(
                "This account no longer signs you in to {1}. The sessions that began with it have ended.",
            ),
        },
        invited: NoticeTexts {
            subject: Message::new("Your invitation to {1} was accepted"),
            title: "Your invitation was accepted",
            text: Message::new("Somebody opened your invitation to {1} and signs in with this account."),
        },
        happened_from: Message::new("On {1}, from {2}."),
        happened: Message::new("On {1}."),
        not_you: "If this wasn’t you, check how your account signs in, and change it. Your mailbox may need a new password too.",
        check: "Check my sign-in",
        check_text: "Check your sign-in here:",
    },
    wishes: WishesTexts {
        join: WishTexts {
            subject: Message::new("Add a way to sign in to {1}?"),
            title: "Add this way to sign in?",
            text: Message::new(
                "Somebody signed in to {1} with this account. It has your email address, as your account here has.",
            ),
            yes: "If it was you, add it: from then on it signs you in.",
            submit: "Add it and sign in",
            not_you: "If it wasn’t you, do nothing: without you, nothing happens.",
        },
        prove: WishTexts {
            subject: Message::new("Confirm your address for {1}"),
            title: "Is this your address?",
            text: Message::new("Somebody signed up to {1} with this account and your email address."),
            yes: "If it was you, confirm the address: from then on you can sign in with it.",
            submit: "Confirm the address",
            not_you: "If it wasn’t you, do nothing. Otherwise whoever has that account would share yours.",
        },
        button: "See what it’s about",
        lifetime: Plural::new("The link works once, within {1} minute.", "The link works once, within {1} minutes."),
        mailed: Problem {
            title: "Check your email",
            text: "There’s an account with your email address already. We’ve mailed it a link: open it in this browser to sign in this way from now on.",
        },
        elsewhere: Problem {
            title: "Open this link where you signed in",
            text: "For your safety it works only in the browser in which somebody has just signed in with the other account. If that wasn’t you, close this page: nothing has happened.",
        },
        proven: Problem { title: "Your address is confirmed", text: "From now on you can sign in with it." },
    },
    undo: UndoTexts {
        title: "It wasn’t you?",
        removes: "If it wasn’t you, press the button: this way to sign in is removed, and every session of your account ends.",
        ends: "If it wasn’t you, press the button: every session of your account ends. Then sign in and add it again.",
        submit: "This wasn’t me",
        ignore: "If it was you, there’s nothing to do.",
        done: Problem {
            title: "Every session has ended",
            text: "Sign in again and look at the ways to sign in to your account. Your mailbox may need a new password too.",
        },
    },
};
