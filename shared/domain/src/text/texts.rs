//! The texts that each language has.

use super::pattern::{Message, Plural};

/// Every text of one language. A language that lacks one does not compile.
#[derive(Debug)]
pub struct Texts {
    /// What every page may say.
    pub common: CommonTexts,
    /// The sign-in page, and the form for a mail.
    pub sign_in: SignInTexts,
    /// The page after a mail was asked for.
    pub check_mail: CheckMailTexts,
    /// The page that a mailed link opens.
    pub link: LinkTexts,
    /// The page of somebody who is signed in.
    pub signed_in: SignedInTexts,
    /// The page of somebody without an account where none can be made.
    pub registration: Problem,
    /// An invitation: its mail, and the page that the mail's link opens.
    pub invite: InviteTexts,
    /// The page that sends on what a provider posted.
    pub passing_on: PassingOnTexts,
    /// The second factor's pages.
    pub second_factor: SecondFactorTexts,
    /// What went wrong.
    pub problems: ProblemsTexts,
    /// The mail with a link and a code.
    pub mail: MailTexts,
    /// Mails that tell of changes to how a person signs in.
    pub notices: NoticesTexts,
    /// What a mailbox is asked: mails and pages.
    pub wishes: WishesTexts,
    /// What the reader of a notice may undo.
    pub undo: UndoTexts,
}

/// What every page may say.
#[derive(Debug)]
pub struct CommonTexts {
    /// Names the list of languages.
    pub language: &'static str,
    /// A link to the sign-in page.
    pub start_again: &'static str,
    /// A link to the page before.
    pub back: &'static str,
    /// A button.
    pub go_on: &'static str,
    /// A duration.
    pub minutes: Plural,
    /// January to December, as they stand in a date.
    pub months: [&'static str; 12],
    /// A moment: day, month, year, and time of day in UTC.
    pub moment: Message<4>,
    /// A day: day, month, year.
    pub date: Message<3>,
    /// A link to the operator's terms.
    pub terms: &'static str,
    /// A link to what the operator says of privacy.
    pub privacy: &'static str,
    /// A link to who the operator is.
    pub imprint: &'static str,
    /// A link to where the operator helps.
    pub support: &'static str,
    /// What to name to whoever helps: the request's id.
    pub reference: Message<1>,
    /// A browser and its operating system.
    pub device: Message<2>,
}

/// The sign-in page.
#[derive(Debug)]
pub struct SignInTexts {
    /// The page's title.
    pub title: &'static str,
    /// The heading: the brand.
    pub heading: Message<1>,
    /// A provider's button: the provider's name.
    pub with_provider: Message<1>,
    /// Between the buttons and the form.
    pub or: &'static str,
    /// The form's field.
    pub email: &'static str,
    /// What the form does.
    pub hint: &'static str,
    /// The form's button.
    pub send: &'static str,
    /// The fault of an address that is none.
    pub email_fault: &'static str,
    /// The fault when too many mails were asked for: minutes.
    pub limit_fault: Plural,
    /// The fault when a mail went out just now: seconds since then.
    pub lately: Plural,
    /// The same where only some addresses get a mail.
    pub lately_perhaps: Plural,
    /// A link to the page that takes the code of that mail.
    pub to_code: &'static str,
}

/// The page after a mail was asked for.
#[derive(Debug)]
pub struct CheckMailTexts {
    /// Title and heading.
    pub title: &'static str,
    /// Where everybody may sign up: the address.
    pub sent: Message<1>,
    /// Where only some addresses get a mail: the address.
    pub sent_perhaps: Message<1>,
    /// How long link and code are good: minutes.
    pub lifetime: Plural,
    /// The field for the code.
    pub code: &'static str,
    /// Where the code is.
    pub hint: &'static str,
    /// The button.
    pub submit: &'static str,
    /// The fault of a wrong code: tries that are left.
    pub wrong: Plural,
    /// The link was opened, or the code typed.
    pub used: Problem,
    /// The code's time is over.
    pub expired: Problem,
    /// The code was tried too often.
    pub spent: Problem,
    /// Asks whether no mail came.
    pub nothing: &'static str,
    /// What to do then.
    pub nothing_text: &'static str,
    /// The button that sends another mail.
    pub resend: &'static str,
    /// When that button works: seconds.
    pub resend_in: Plural,
    /// A link to the sign-in page.
    pub other_address: &'static str,
}

/// The page that a mailed link opens.
#[derive(Debug)]
pub struct LinkTexts {
    /// Who will be signed in: the address.
    pub as_whom: Message<1>,
    /// The button.
    pub submit: &'static str,
    /// Said when another browser asked for the link.
    pub other_browser: &'static str,
}

/// The page of somebody who is signed in.
#[derive(Debug)]
pub struct SignedInTexts {
    /// Title and heading.
    pub title: &'static str,
    /// The button.
    pub sign_out: &'static str,
}

/// An invitation: its mail, and the page that the mail's link opens.
#[derive(Debug)]
pub struct InviteTexts {
    /// The page's title.
    pub title: &'static str,
    /// The mail's subject, and the heading of both: the brand.
    pub heading: Message<1>,
    /// What the person will be: the role.
    pub role: Message<1>,
    /// How long it is good: moment.
    pub lifetime: Message<1>,
    /// On the page, whom it was sent to: the address.
    pub for_whom: Message<1>,
    /// The page's button.
    pub accept: &'static str,
    /// What becomes of a person who presses it.
    pub hint: &'static str,
    /// In the mail, above the button.
    pub intro: &'static str,
    /// Above the address in the plain text.
    pub intro_text: &'static str,
    /// The mail's button.
    pub button: &'static str,
    /// What to do when nobody expected the mail.
    pub not_you: &'static str,
}

/// The page that sends on what a provider posted.
#[derive(Debug)]
pub struct PassingOnTexts {
    /// Title and heading.
    pub title: &'static str,
    /// What to do when nothing happens.
    pub text: &'static str,
}

/// The second factor's pages.
#[derive(Debug)]
pub struct SecondFactorTexts {
    /// Title and heading of the page that asks for a code.
    pub title: &'static str,
    /// What to type: the brand.
    pub prompt: Message<1>,
    /// The field.
    pub code: &'static str,
    /// The fault of a wrong code.
    pub wrong: &'static str,
    /// The fault when too many codes were wrong: minutes.
    pub locked: Plural,
    /// The same for longer: hours.
    pub locked_hours: Plural,
    /// The fault when so many were wrong that those of the app do not count any more.
    pub closed: &'static str,
    /// A link to the page for recovery codes.
    pub use_recovery: &'static str,
    /// Title and heading of the page for recovery codes.
    pub recovery_title: &'static str,
    /// What to type there.
    pub recovery_prompt: &'static str,
    /// The field there.
    pub recovery_code: &'static str,
    /// The fault there.
    pub recovery_wrong: &'static str,
    /// A link to the page for the app's code.
    pub use_app: &'static str,
    /// The passkey.
    pub passkey: PasskeyTexts,
    /// Setting the app up.
    pub enrol: EnrolTexts,
    /// The recovery codes, shown once.
    pub kept: RecoveryCodesTexts,
    /// The page that shows what is set up.
    pub manage: ManageTexts,
}

/// Showing a passkey.
#[derive(Debug)]
pub struct PasskeyTexts {
    /// The button on the sign-in page.
    pub sign_in: &'static str,
    /// What to do where it is the second factor: the brand.
    pub prompt: Message<1>,
    /// The button there, and a link to it.
    pub show: &'static str,
    /// Said when the browser gave none.
    pub failed: &'static str,
    /// Said where the browser knows no passkeys.
    pub unsupported: &'static str,
}

/// Setting up an authenticator app.
#[derive(Debug)]
pub struct EnrolTexts {
    /// Title and heading.
    pub title: &'static str,
    /// The first step.
    pub scan: &'static str,
    /// What the picture is, for those who do not see it.
    pub picture: &'static str,
    /// A link for whoever reads this on the phone that has the app.
    pub on_this_device: &'static str,
    /// For those who cannot scan.
    pub by_hand: &'static str,
    /// The key to type.
    pub key: &'static str,
    /// The second step.
    pub confirm: &'static str,
    /// The button.
    pub submit: &'static str,
}

/// The recovery codes, shown once.
#[derive(Debug)]
pub struct RecoveryCodesTexts {
    /// Title and heading.
    pub title: &'static str,
    /// What they are for.
    pub text: &'static str,
    /// That they are not shown again.
    pub once: &'static str,
    /// A button.
    pub copy: &'static str,
    /// Said when they were copied.
    pub copied: &'static str,
    /// A button.
    pub print: &'static str,
    /// What they are, wherever they are kept: the brand, the account.
    pub file: Message<2>,
    /// A link.
    pub download: &'static str,
    /// The button that leads on.
    pub done: &'static str,
}

/// The page that shows what is set up.
#[derive(Debug)]
pub struct ManageTexts {
    /// Title and heading.
    pub title: &'static str,
    /// What the page is about.
    pub app: &'static str,
    /// Said when it is set up.
    pub on: &'static str,
    /// Said when it is not.
    pub off: &'static str,
    /// Why to set it up.
    pub why: &'static str,
    /// The button that sets it up.
    pub set_up: &'static str,
    /// Recovery codes that are left.
    pub codes_left: Plural,
    /// The button for new ones.
    pub new_codes: &'static str,
    /// What that does to the old ones.
    pub new_codes_text: &'static str,
    /// The button that switches it off.
    pub switch_off: &'static str,
    /// What that means.
    pub switch_off_text: &'static str,
    /// The field for the code that both buttons need.
    pub code: &'static str,
    /// The heading of the recovery codes.
    pub codes: &'static str,
    /// What opens the forms that change something.
    pub change: &'static str,
    /// The heading of what is set up of passkeys.
    pub passkeys: &'static str,
    /// Why to have one.
    pub passkeys_why: &'static str,
    /// The field for what one is called.
    pub passkey_name: &'static str,
    /// The button that adds one.
    pub add_passkey: &'static str,
    /// The button that gives one another name.
    pub rename: &'static str,
    /// The button that removes one: its name.
    pub remove: Message<1>,
    /// Since when it is there: a date.
    pub added: Message<1>,
    /// When it was used last: a date.
    pub used: Message<1>,
    /// Said of one that the person's other devices have, too.
    pub synced: &'static str,
    /// Said when the second factor has to be shown once more before anything is changed.
    pub confirm: &'static str,
    /// Said when the person signed in too long ago.
    pub sign_in_again: Problem,
}

/// A heading, and what to do.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// Title and heading.
    pub title: &'static str,
    /// What to do.
    pub text: &'static str,
}

/// What went wrong.
#[derive(Debug)]
pub struct ProblemsTexts {
    /// The person declined at the provider.
    pub access_denied: Problem,
    /// The address belongs to an account that signs in another way.
    pub account_exists: Problem,
    /// Something came from where it may not come from.
    pub forbidden: Problem,
    /// A code, or what a provider said, did not verify.
    pub invalid_code: Problem,
    /// No such provider.
    pub invalid_provider: Problem,
    /// The app's address is not allowed.
    pub invalid_redirect: Problem,
    /// The request is malformed.
    pub invalid_request: Problem,
    /// The sign-in is unknown, used, over, or another browser's.
    pub invalid_state: Problem,
    /// The invitation's time is over.
    pub invite_expired: Problem,
    /// There is no such invitation.
    pub invite_invalid: Problem,
    /// The invitation was taken back.
    pub invite_revoked: Problem,
    /// The invitation was accepted.
    pub invite_used: Problem,
    /// The link opens in the browser only that asked for it.
    pub link_elsewhere: Problem,
    /// The link's time is over.
    pub link_expired: Problem,
    /// There is no such link.
    pub link_invalid: Problem,
    /// The link was used.
    pub link_used: Problem,
    /// There is no such page.
    pub not_found: Problem,
    /// The provider does not answer.
    pub provider_unavailable: Problem,
    /// Too much, too often.
    pub rate_limited: Problem,
    /// Too many wrong codes.
    pub second_factor_locked: Problem,
    /// Nobody can sign up.
    pub sign_up_closed: Problem,
    /// Nobody is signed in.
    pub unauthorized: Problem,
    /// Doorward cannot answer.
    pub unavailable: Problem,
}

/// The mail with a link and a code.
#[derive(Debug)]
pub struct MailTexts {
    /// Subject and heading: the brand.
    pub subject: Message<1>,
    /// Above the button.
    pub intro: &'static str,
    /// Above the address in the plain text.
    pub intro_text: &'static str,
    /// The button.
    pub button: &'static str,
    /// Above the code.
    pub code: &'static str,
    /// How long both are good: minutes.
    pub lifetime: Plural,
    /// Above the address in full.
    pub address: &'static str,
    /// Who asked: moment, device.
    pub asked_from: Message<2>,
    /// Who asked, when the device is unknown: moment.
    pub asked: Message<1>,
    /// What to do when it was somebody else.
    pub not_you: &'static str,
}

/// Mails that tell of changes to how a person signs in.
#[derive(Debug)]
pub struct NoticesTexts {
    /// The app was set up.
    pub enrolled: NoticeTexts,
    /// The app was switched off.
    pub disabled: NoticeTexts,
    /// A recovery code was used.
    pub recovery_code_used: NoticeTexts,
    /// How many recovery codes are left.
    pub codes_left: Plural,
    /// New recovery codes took the place of those before.
    pub recovery_codes_renewed: NoticeTexts,
    /// Too many wrong codes.
    pub locked: NoticeTexts,
    /// A passkey was added.
    pub passkey_added: NoticeTexts,
    /// A passkey was removed.
    pub passkey_removed: NoticeTexts,
    /// An identity was joined. It follows.
    pub linked: NoticeTexts,
    /// An identity was taken away. It follows.
    pub unlinked: NoticeTexts,
    /// An invitation was accepted with an identity. It follows.
    pub invited: NoticeTexts,
    /// When and where from: moment, device.
    pub happened_from: Message<2>,
    /// When, when the device is unknown: moment.
    pub happened: Message<1>,
    /// What to do when it was somebody else.
    pub not_you: &'static str,
    /// The button for that.
    pub check: &'static str,
    /// Above the button's address in the plain text.
    pub check_text: &'static str,
}

/// One such mail.
#[derive(Clone, Copy, Debug)]
pub struct NoticeTexts {
    /// The subject: the brand.
    pub subject: Message<1>,
    /// The heading.
    pub title: &'static str,
    /// What happened: the brand.
    pub text: Message<1>,
}

/// What a mailbox is asked about an identity that came with its address.
#[derive(Debug)]
pub struct WishesTexts {
    /// Whether it joins the mailbox's account.
    pub join: WishTexts,
    /// Whether the account that it made is the mailbox's.
    pub prove: WishTexts,
    /// The mail's button.
    pub button: &'static str,
    /// How long the link is good: minutes.
    pub lifetime: Plural,
    /// The page of somebody whose mailbox was asked.
    pub mailed: Problem,
    /// Said in another browser than theirs.
    pub elsewhere: Problem,
    /// The page after an address was proven.
    pub proven: Problem,
}

/// One question.
#[derive(Debug)]
pub struct WishTexts {
    /// The mail's subject: the brand.
    pub subject: Message<1>,
    /// Heading of mail and page.
    pub title: &'static str,
    /// What came with the address: the brand. The identity follows.
    pub text: Message<1>,
    /// What a yes does.
    pub yes: &'static str,
    /// The page's button.
    pub submit: &'static str,
    /// What to do when it was somebody else.
    pub not_you: &'static str,
}

/// "This was not me".
#[derive(Debug)]
pub struct UndoTexts {
    /// The page's title and heading.
    pub title: &'static str,
    /// What the button does about an identity that was joined.
    pub removes: &'static str,
    /// What it does about one that was taken away.
    pub ends: &'static str,
    /// The button, in the mail and on the page.
    pub submit: &'static str,
    /// What to do when it was the reader.
    pub ignore: &'static str,
    /// The page afterwards.
    pub done: Problem,
}
