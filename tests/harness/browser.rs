//! A browser as small as a sign-in page needs: cookies, redirects, forms.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use url::Url;

use super::{Answer, Call};

/// One person's browser.
#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

/// Where a visit ended.
pub enum VisitEnd {
    /// At a page.
    Page(Url, Answer),
    /// At an address that we do not visit: the app's.
    Away(Url),
}

impl Browser {
    /// Opens an address and follows redirects, up to one that leads to `home`.
    pub async fn opens(&mut self, address: Url, home: &str) -> VisitEnd {
        self.visits(Call::get(path_of(&address)), address, home).await
    }

    /// Sends the page's form, whose fields are given, and follows redirects.
    pub async fn submits(&mut self, page: &Url, html: &Answer, fields: &str, home: &str) -> VisitEnd {
        let html = String::from_utf8_lossy(&html.body);
        let (_, form) = html.split_once("action=\"").unwrap_or_else(|| panic!("no form in {html}"));
        let action = form.split('"').next().unwrap().replace("&amp;", "&");
        let target = page.join(&action).unwrap();
        let call =
            Call::post(path_of(&target)).header("content-type", "application/x-www-form-urlencoded").body(fields);
        self.visits(call, target, home).await
    }

    async fn visits(&mut self, mut call: Call, mut at: Url, home: &str) -> VisitEnd {
        for _ in 0..10 {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let to = at.socket_addrs(|| None).unwrap()[0];
            let answer = call.header("cookie", cookies.join("; ")).send(Ipv4Addr::LOCALHOST, to).await;
            for cookie in answer.headers.get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(location) = answer.header("location") else {
                return VisitEnd::Page(at, answer);
            };
            at = at.join(location).unwrap();
            if at.as_str().starts_with(home) {
                return VisitEnd::Away(at);
            }
            call = Call::get(path_of(&at));
        }
        panic!("redirected in circles, at last to {at}");
    }
}

fn path_of(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}
