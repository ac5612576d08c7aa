use super::*;

const TEMPLATE: &str = r#"
Parameters:
  PublicUrl: { Type: String, Default: "" }
  AllowedOrigins: { Type: CommaDelimitedList, Default: "" }
  ThrottleRate: { Type: Number, Default: 50 }
Conditions:
  HasPublicUrl: !Not [!Equals [!Ref PublicUrl, ""]]
Globals:
  Function:
    MemorySize: 256
    Timeout: 15
    Environment:
      Variables:
        PUBLIC_URL: !If [HasPublicUrl, !Ref PublicUrl, !GetAtt Api.ApiEndpoint]
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      CorsConfiguration:
        AllowOrigins: !Ref AllowedOrigins
        AllowMethods: [GET]
  ApiStage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      DefaultRouteSettings: { ThrottlingRateLimit: !Ref ThrottleRate, ThrottlingBurstLimit: 100 }
  RefreshFunction:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: refresh } }
    Properties:
      MemorySize: 512
      Environment:
        Variables:
          SESSIONS_TABLE: !Ref Sessions
          KEYS: !Ref Keys
  RefreshIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: { IntegrationUri: !GetAtt RefreshFunction.Arn }
  RefreshRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: { RouteKey: POST /v1/auth/refresh, Target: !Sub "integrations/${RefreshIntegration}" }
  Keys:
    Type: AWS::SecretsManager::Secret
    Properties: { SecretString: '{}' }
  KeysRotation:
    Type: AWS::SecretsManager::RotationSchedule
    Properties: { SecretId: !Ref Keys, RotationLambdaARN: !GetAtt RefreshFunction.Arn }
  Sessions:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: true
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
"#;

fn deployment(settings: &[(&str, &str)]) -> Deployment {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Template::parse(TEMPLATE).unwrap().deployment(&settings, "p-").unwrap()
}

#[test]
fn a_function_gets_its_own_and_the_global_variables() {
    let deployment = deployment(&[("PUBLIC_URL", "http://localhost:9100")]);
    let [function] = deployment.functions.as_slice() else { panic!("one function") };
    assert_eq!((function.name.as_str(), function.memory, function.timeout.as_secs()), ("refresh", 512, 15));
    assert_eq!(function.environment["PUBLIC_URL"], "http://localhost:9100");
    assert_eq!(function.environment["SESSIONS_TABLE"], "p-Sessions");
    assert_eq!(function.environment["KEYS"], "arn:aws:secretsmanager:us-east-1:000000000000:secret:Keys-Local0");
}

#[test]
fn without_a_setting_its_default_counts() {
    let deployment = deployment(&[]);
    assert_eq!(deployment.functions[0].environment["PUBLIC_URL"], "https://local.execute-api.us-east-1.amazonaws.com");
    assert_eq!(deployment.throttle, Some((50.0, 100.0)));
}

#[test]
fn a_setting_for_the_gateway_may_be_given_as_text() {
    assert_eq!(deployment(&[("THROTTLE_RATE", "7")]).throttle, Some((7.0, 100.0)));
}

#[test]
fn a_route_leads_to_its_function() {
    let deployment = deployment(&[]);
    let routes: Vec<_> = deployment.routes.iter().map(|(key, function)| (key.to_string(), function.as_str())).collect();
    assert_eq!(routes, [("POST /v1/auth/refresh".to_owned(), "refresh")]);
}

#[test]
fn a_secret_knows_its_first_value_and_its_rotation() {
    let deployment = deployment(&[]);
    let [secret] = deployment.secrets.as_slice() else { panic!("one secret") };
    assert_eq!((secret.initial.as_deref(), secret.rotated_by.as_deref()), (Some("{}"), Some("refresh")));
}

#[test]
fn a_table_is_created_without_what_only_aws_has() {
    let deployment = deployment(&[]);
    let [table] = deployment.tables.as_slice() else { panic!("one table") };
    assert_eq!((table.name.as_str(), table.ttl_attribute.as_deref()), ("p-Sessions", Some("expires_at")));
    assert_eq!(table.definition["TableName"], "p-Sessions");
    assert!(table.definition.get("DeletionProtectionEnabled").is_none());
}

#[test]
fn every_parameter_can_be_set_under_its_variable_name() {
    let template = Template::parse(TEMPLATE).unwrap();
    assert_eq!(template.settings(), ["ALLOWED_ORIGINS", "PUBLIC_URL", "THROTTLE_RATE"]);
}

#[test]
fn the_templates_of_this_repository_can_be_read() {
    let template = Template::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"))).unwrap();
    let deployment = template.deployment(&BTreeMap::new(), "").unwrap();
    assert!(deployment.functions.iter().any(|function| function.name == "rotate-keys"));
    assert!(deployment.routes.iter().any(|(key, _)| key.to_string() == "POST /v1/auth/login"));
}
