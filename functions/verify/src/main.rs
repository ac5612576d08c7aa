//! `POST /v1/auth/verify`: takes a mailed link or code, for a client of the API (JSON) or from our pages (a form).

use std::sync::Arc;

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::verify::Verify;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::{browser, v1};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Verify::open, handle, v1::refuse).await
}

async fn handle(verify: &Verify, request: Arc<Request>) -> Result<Reply, Failure> {
    if request.is_form() {
        let landing = verify.land(browser::verify(&request)?, &request.source(), request.caller()).await?;
        Ok(browser::landed(&landing, browser::mail_transaction(&request).as_ref(), &request))
    } else {
        let outcome = verify.open_link(v1::verify(&request)?, request.caller()).await?;
        Ok(v1::outcome(&outcome))
    }
}
