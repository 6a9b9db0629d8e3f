package import KubernetesAPI

/// The API a provider speaks.
package enum ProviderType: String, Sendable, CaseIterable {
    case openAI = "OpenAI"
    case anthropic = "Anthropic"
}

/// A view of an ExternalModelProvider: a model served by somebody else that routes may send requests to.
package struct ExternalModelProvider: Sendable, Hashable {
    package let object: KubernetesObject
    package var type: ProviderType
    /// The model name the provider knows; nil leaves the request's own.
    package var model: String?
    /// Where requests go, `https://…`.
    package var baseURL: String
    /// Whether the provider's certificate goes unchecked.
    package var skipsVerification: Bool
    /// Nil where no credential is sent.
    package var auth: Auth?
    /// Headers added to each request.
    package var headers: [String: String]

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let spec = try FieldReader(json: object.json, path: "").required("spec")
        let type = try spec.member("providerType")?.oneOf(ProviderType.self) ?? ServingDefaults.providerType
        self.type = type
        model = try spec.member("model")?.string()
        baseURL = try spec.required("baseURL").string()
        skipsVerification = try spec.member("insecureSkipVerify")?.bool() ?? false
        if let auth = try spec.member("auth") { self.auth = try Auth(auth, of: type) }
        headers = try spec.member("headers")?.strings() ?? [:]
    }

    package var key: ObjectKey { object.key }

    /// The credential sent with each request.
    package struct Auth: Sendable, Hashable {
        /// How it is sent.
        package enum Scheme: String, Sendable, CaseIterable {
            /// `Authorization: Bearer …`
            case bearer = "Bearer"
            /// `x-api-key: …`
            case apiKey = "APIKey"
        }

        package var scheme: Scheme
        /// The Secret, in the provider's namespace, and the key in its data.
        package var secretName: String
        package var secretKey: String
        package var isOptional: Bool

        init(_ reader: FieldReader, of type: ProviderType) throws(FieldProblem) {
            scheme = try reader.member("scheme")?.oneOf(Scheme.self) ?? (type == .anthropic ? .apiKey : .bearer)
            let secret = try reader.required("secretRef")
            secretName = try secret.member("name")?.string() ?? ""
            secretKey = try secret.member("key")?.string() ?? ""
            isOptional = try secret.member("optional")?.bool() ?? false
        }
    }
}
