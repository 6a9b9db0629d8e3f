/// Where a local cluster keeps its state and where it listens.
package struct LocalClusterConfiguration: Sendable {
    /// Holds the database, the certificates, the tokens and the kubeconfig; made where it is missing.
    package var dataDirectory: String
    /// A loopback address.
    package var host: String
    /// The port; 0 takes a free one, and `onReady` says which.
    package var port: Int
    /// CustomResourceDefinitions (`*.yaml`) that are put in place at every start; none when empty.
    package var crdDirectory: String

    package init(dataDirectory: String, host: String = "127.0.0.1", port: Int = 6_443, crdDirectory: String = "") {
        self.dataDirectory = dataDirectory
        self.host = host
        self.port = port
        self.crdDirectory = crdDirectory
    }

    package var kubeconfig: String { "\(dataDirectory)/kubeconfig" }
}
