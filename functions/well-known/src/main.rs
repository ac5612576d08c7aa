//! `GET /.well-known/jwks.json`, `GET /.well-known/openid-configuration`: what everybody may know.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::well_known::WellKnown;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::v1;

fn main() -> Result<(), StartError> {
    serve(WellKnown::open, handle, v1::error_response)
}

async fn handle(well_known: &WellKnown, request: Arc<Request>) -> Result<Response, Error> {
    match request.route_key() {
        "GET /.well-known/jwks.json" => Ok(v1::key_set(&well_known.keys(request.caller()).await?)),
        "GET /.well-known/openid-configuration" => {
            let metadata = well_known.metadata(request.caller()).await?;
            Ok(v1::metadata(&metadata.issuer, &metadata.algorithms))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
