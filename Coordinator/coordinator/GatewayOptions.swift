import ArgumentParser

/// The flags of the Gateway API and of TLS, under the names of Kthena's router, and those of connections to engines.
struct GatewayOptions: ParsableArguments {
    /// Flags that may have a value too, as Go programs take them.
    static let switches: Set<String> = ["enable-gateway-api", "enable-gateway-api-inference-extension"]

    @Flag(inversion: .prefixedNo, help: "Serve Gateways of the class kthena-router.")
    var enableGatewayApi = false

    @Flag(inversion: .prefixedNo, help: "Serve HTTPRoutes and InferencePools of these Gateways too.")
    var enableGatewayApiInferenceExtension = false

    @Option(help: "Namespace of the default Gateway (default: the service account's, else that of the kubeconfig).")
    var gatewayNamespace: String?

    @Option(help: "File with certificates, as PEM, that are trusted towards pods and providers besides the system's.")
    var upstreamCaFile: String?

    @Option(help: "File with the certificate of the gateway's port, as PEM; read again when it changes.")
    var tlsCert: String?

    @Option(help: "File with the key of --tls-cert, as PEM; read again when it changes.")
    var tlsKey: String?

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together: give both or neither")
        }
        if enableGatewayApiInferenceExtension, !enableGatewayApi {
            throw ValidationError("--enable-gateway-api-inference-extension needs --enable-gateway-api")
        }
    }
}
