// swift-tools-version: 6.3
import PackageDescription

// Every target of this package is built with these: language mode 6, each warning an error, and each use of an unsafe
// construct marked by the word `unsafe` (so `grep -rw unsafe` is the audit list).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// Products of other packages, by the name a target's list uses. What each replaces stands in `dependencies` below.
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let hashTreeCollections: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A library target in one of the top-level folders.
func module(_ folder: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(folder)/\(name)", swiftSettings: settings)
}

/// A program; its target only wires modules together.
func program(
    _ folder: String, _ name: String, _ dependencies: [Target.Dependency], parsesFlags: Bool = true
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + (parsesFlags ? [argumentParser] : []), path: "\(folder)/\(name)",
        swiftSettings: settings)
}

/// The tests of one module; every one of them may use TestKit.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestKit"], path: "Tests/\(name)", exclude: exclude,
        swiftSettings: settings)
}

/// Headers of a library that the machine provides.
func system(_ folder: String, _ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "\(folder)/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let common: [Target] = [
    system("Common", "CZeroMQ", pkgConfig: "libzmq", apt: "libzmq3-dev"),
    module("Common", "JSONValues", [orderedCollections]),
    module("Common", "ChatTemplates", ["JSONValues", orderedCollections]),
    module("Common", "SystemFiles"),
    module("Common", "ModelFiles", ["SystemFiles", crypto]),
    module("Common", "Manifests", ["JSONValues", yams]),
    module("Common", "KubernetesAPI", ["JSONValues"]),
    module("Common", "ServingAPI", ["JSONValues", "KubernetesAPI"]),
    module("Common", "Topology"),
    module("Common", "KVBlocks"),
    .systemLibrary(name: "CMemory", path: "Common/CMemory"),
    module("Common", "Tokens", ["CMemory"]),
    module("Common", "AgentProtocol", ["KVBlocks", "Topology"]),
    module("Common", "Observability", ["JSONValues", logging]),
    module("Common", "AgentLink", ["AgentProtocol", "CZeroMQ", "Observability", logging, serviceLifecycle]),
    module(
        "Common", "KubernetesClient",
        [
            "JSONValues", "KubernetesAPI", "Manifests", "Observability", "SystemFiles", asyncHTTPClient, logging,
            nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle, subprocess, systemPackage,
        ]),
    module(
        "Common", "Daemon",
        [
            "JSONValues", "Manifests", "Observability", httpTypes, hummingbird, logging, nioCore, serviceLifecycle,
            argumentParser, unixSignals,
        ]),
]

let agent: [Target] = [
    system("Agent", "CHwloc", pkgConfig: "hwloc", apt: "libhwloc-dev"),
    .systemLibrary(name: "CNUMA", path: "Agent/CNUMA", providers: [.apt(["libnuma-dev"])]),
    .systemLibrary(name: "CNVML", path: "Agent/CNVML"),
    module(
        "Agent", "Hardware",
        ["CHwloc", "CNUMA", "CNVML", "JSONValues", "SystemFiles", "Topology", logging, serviceLifecycle]),
    module("Agent", "EngineWire", ["CZeroMQ"]),
    module(
        "Agent", "Engines",
        [
            "AgentProtocol", "CLinux", "EngineWire", "JSONValues", "KVBlocks", "ModelFiles", "Observability",
            "SystemFiles", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle,
        ]),
    .systemLibrary(name: "CLinux", path: "Agent/CLinux"),
    module("Agent", "ContainerShim", ["CLinux", "JSONValues", "KubernetesAPI"]),
    // Without the flag parser: one of these runs beside every container, so it stays small.
    program("Agent", "container-shim", ["ContainerShim"], parsesFlags: false),
    module(
        "Agent", "ProcessRuntime",
        [
            "CLinux", "ContainerShim", "JSONValues", "KubernetesAPI", "Manifests", "Observability", asyncHTTPClient,
            logging, nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
        ]),
    program(
        "Agent", "agent",
        [
            "AgentLink", "AgentProtocol", "Daemon", "Engines", "Hardware", "JSONValues", "KubernetesAPI",
            "KubernetesClient", "Manifests", "Observability", "ProcessRuntime", "SystemFiles", "Topology",
            asyncHTTPClient, hummingbird, httpTypes, logging, nioCore, nioPosix, serviceLifecycle,
        ]),
]

let coordinator: [Target] = [
    .systemLibrary(
        name: "COpenSSL", path: "Coordinator/COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    module("Coordinator", "Certificates", ["COpenSSL"]),
    module("Coordinator", "Placement", ["Topology"]),
    module("Coordinator", "KVIndex", ["CMemory", "KVBlocks"]),
    module("Coordinator", "Fleet", ["AgentProtocol", "KVBlocks", "KVIndex", "Topology"]),
    module("Coordinator", "Routing", ["AgentProtocol", "KVBlocks"]),
    .systemLibrary(name: "CByteScan", path: "Coordinator/CByteScan"),
    module("Coordinator", "HTTPWire", ["CByteScan"]),
    module("Coordinator", "Governance", ["JSONValues"]),
    module(
        "Coordinator", "Authentication",
        [
            "Governance", "JSONValues", "KubernetesAPI", "Observability", crypto, jwtKit, logging, nioCore,
            serviceLifecycle,
        ]),
    module("Coordinator", "Redis", [nioCore, nioPosix]),
    .systemLibrary(name: "CEpoll", path: "Coordinator/CEpoll"),
    module("Coordinator", "Sockets", ["CEpoll", heap, nioCore]),
    module(
        "Coordinator", "Gateway",
        [
            "AgentProtocol", "Authentication", "ChatTemplates", "Fleet", "Governance", "HTTPWire", "JSONValues",
            "KVBlocks", "ModelFiles", "Observability", "Redis", "Routing", "Sockets", "Tokens", logging, nioCore,
            nioHPACK, nioHTTP2, nioPosix, nioSSL, nioTLS,
            serviceLifecycle,
        ]),
    module("Coordinator", "GatewayAPI", ["JSONValues", "KubernetesAPI", "Routing"]),
    module(
        "Coordinator", "RouteCatalog",
        ["AgentProtocol", "GatewayAPI", "Governance", "JSONValues", "KubernetesAPI", "Routing", "ServingAPI"]),
    module(
        "Coordinator", "Reconciliation",
        ["KubernetesAPI", "KubernetesClient", "Observability", logging, serviceLifecycle]),
    module(
        "Coordinator", "Controllers",
        [
            "GatewayAPI", "JSONValues", "KubernetesAPI", "KubernetesClient", "Observability", "Placement",
            "Reconciliation", "Routing", "ServingAPI", logging, serviceLifecycle,
        ]),
    module(
        "Coordinator", "Admission",
        [
            "Certificates", "Daemon", "JSONValues", "KubernetesAPI", "KubernetesClient", "Observability", "ServingAPI",
            "SystemFiles", httpTypes, hummingbird, hummingbirdCore, hummingbirdTLS, logging, nioCore, nioSSL,
            serviceLifecycle,
        ]),
    module(
        "Coordinator", "LocalCluster",
        [
            "COpenSSL", "Certificates", "JSONValues", "KubernetesAPI", "Manifests", "Observability", "ServingAPI",
            "SystemFiles", asyncHTTPClient, grdb, hashTreeCollections, httpTypes, hummingbird, hummingbirdTLS, logging,
            nioCore, nioHTTP1, nioSSL, serviceLifecycle,
        ]),
    program(
        "Coordinator", "coordinator",
        [
            "Admission", "AgentLink", "AgentProtocol", "Authentication", "Controllers", "Daemon", "Fleet", "Gateway",
            "GatewayAPI", "Governance", "JSONValues", "KVIndex", "KubernetesAPI", "KubernetesClient", "Manifests",
            "Observability", "Reconciliation", "RouteCatalog", "Routing", "ServingAPI", "SystemFiles", asyncHTTPClient,
            hummingbird, logging, nioCore, nioHTTP1, serviceLifecycle, unixSignals,
        ]),
    program(
        "Coordinator", "martlet",
        [
            "AgentLink", "Daemon", "JSONValues", "KubernetesAPI", "KubernetesClient", "LocalCluster", "Manifests",
            "Observability", "SystemFiles", asyncHTTPClient, logging, nioCore, nioHTTP1, serviceLifecycle, subprocess,
            systemPackage,
        ]),
]

let test: [Target] = [
    module(
        "Tests", "ClusterKit",
        [
            "JSONValues", "KubernetesAPI", "KubernetesClient", "LocalCluster", "Observability", "Reconciliation",
            "ServingAPI", "SystemFiles", "TestKit", asyncHTTPClient, httpTypes, hummingbird, logging, nioCore, nioHTTP1,
            nioSSL,
            serviceLifecycle, subprocess, systemPackage,
        ]),
    module(
        "Tests", "TestKit",
        ["JSONValues", "KubernetesAPI", "SystemFiles", crypto, nioCore, nioPosix, subprocess, systemPackage]),
    module(
        "Tests", "EngineSimulator",
        [
            "ChatTemplates", "EngineWire", "JSONValues", "ModelFiles", "Observability", "SystemFiles", "Tokens",
            asyncHTTPClient, httpTypes, hummingbird, logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle,
        ]),
    program(
        "Tests", "engine-simulator",
        [
            "Daemon", "EngineSimulator", "JSONValues", "Observability", "SystemFiles", logging, serviceLifecycle,
            unixSignals,
        ]),
    module("Tests", "IndexReference", ["KVBlocks", "KVIndex"]),
    program(
        "Tests", "bare-gateway", ["AgentProtocol", "Fleet", "Gateway", "Observability", "Routing", logging],
        parsesFlags: false),
    program(
        "Tests", "benchmarks",
        [
            "AgentLink", "AgentProtocol", "ChatTemplates", "ClusterKit", "Daemon", "EngineSimulator", "EngineWire",
            "Engines", "Fleet", "Gateway", "HTTPWire", "IndexReference", "JSONValues", "KVBlocks", "KVIndex",
            "KubernetesAPI", "KubernetesClient", "Observability", "Routing", "ServingAPI", "Sockets", "SystemFiles",
            "TestKit", "Tokens", "bare-gateway", "coordinator", logging, nioCore, nioPosix, serviceLifecycle,
            subprocess,
            systemPackage,
        ], parsesFlags: false),
    tests("TidyTests", []),
    tests("JSONValuesTests", ["JSONValues"]),
    tests("ChatTemplatesTests", ["ChatTemplates", "JSONValues"], exclude: ["Vectors"]),
    tests("KubernetesAPITests", ["JSONValues", "KubernetesAPI"]),
    tests("ManifestsTests", ["JSONValues", "Manifests"]),
    tests("ObservabilityTests", ["Observability", logging]),
    tests("KVBlocksTests", ["KVBlocks"]),
    tests("ModelFilesTests", ["ModelFiles"]),
    tests("TokensTests", ["Tokens"], exclude: ["Fixtures", "vectors"]),
    tests("AgentProtocolTests", ["AgentProtocol", "KVBlocks"]),
    tests(
        "AgentLinkTests",
        ["AgentLink", "AgentProtocol", "CZeroMQ", "KVBlocks", "Observability", logging, serviceLifecycle]),
    tests(
        "KubernetesClientTests",
        [
            "ClusterKit", "JSONValues", "KubernetesAPI", "KubernetesClient", "Observability", httpTypes, hummingbird,
            hummingbirdTLS, logging, nioCore, nioPosix, nioSSL, serviceLifecycle,
        ]),
    tests("ServingAPITests", ["JSONValues", "KubernetesAPI", "Manifests", "ServingAPI"]),
    tests("CertificatesTests", ["Certificates"]),
    tests(
        "AdmissionTests",
        [
            "Admission", "Certificates", "ClusterKit", "JSONValues", "KubernetesAPI", "KubernetesClient", "Manifests",
            "Observability", "ServingAPI", "SystemFiles", asyncHTTPClient, hummingbird, logging, nioCore, nioHTTP1,
            nioSSL, serviceLifecycle,
        ]),
    // NVIDIA's library as tests have it, opened at run time like the real one; HardwareTests copies the built library.
    .target(name: "FakeNVML", path: "Tests/FakeNVML"),
    tests("HardwareTests", ["Hardware", "JSONValues", "SystemFiles", "Topology", logging, serviceLifecycle]),
    tests("EngineWireTests", ["EngineWire", "JSONValues", "SystemFiles"], exclude: ["Fixtures"]),
    tests(
        "EnginesTests",
        [
            "AgentProtocol", "EngineSimulator", "EngineWire", "Engines", "JSONValues", "KVBlocks", "ModelFiles",
            "Observability", "SystemFiles", asyncHTTPClient, crypto, httpTypes, hummingbird, logging, nioCore, nioHTTP1,
            serviceLifecycle,
        ], exclude: ["Fixtures"]),
    tests("ContainerShimTests", ["ContainerShim", "JSONValues", "KubernetesAPI"]),
    tests(
        "ProcessRuntimeTests",
        [
            "ContainerShim", "JSONValues", "KubernetesAPI", "Manifests", "Observability", "ProcessRuntime",
            "container-shim", "engine-simulator", logging, nioCore, nioPosix,
        ]),
    tests("PlacementTests", ["Placement"]),
    tests("KVIndexTests", ["IndexReference", "KVBlocks", "KVIndex"]),
    tests("FleetTests", ["AgentProtocol", "Fleet", "KVBlocks", "KVIndex"]),
    tests("RoutingTests", ["AgentProtocol", "Fleet", "KVBlocks", "KVIndex", "Routing"]),
    tests(
        "PolicyTests",
        [
            "AgentLink", "AgentProtocol", "EngineSimulator", "Engines", "Fleet", "Gateway", "JSONValues", "KVBlocks",
            "ModelFiles", "Observability", "RouteCatalog", "Routing", "ServingAPI", "Tokens", asyncHTTPClient, logging,
            nioCore, nioHTTP1, serviceLifecycle,
        ]),
    tests(
        "CoordinatorTests",
        [
            "AgentProtocol", "Certificates", "Fleet", "Gateway", "GatewayAPI", "JSONValues", "KVBlocks",
            "KubernetesAPI", "Observability", "RouteCatalog", "Routing", "ServingAPI", "SystemFiles", "coordinator",
            "martlet", argumentParser, asyncHTTPClient, logging, nioCore, nioHTTP1,
        ]),
    tests("HTTPWireTests", ["HTTPWire", "SystemFiles"]),
    tests("GovernanceTests", ["Governance", "JSONValues"]),
    tests(
        "AuthenticationTests",
        [
            "Authentication", "Governance", "JSONValues", "KubernetesAPI", cryptoExtras, logging, nioCore, nioPosix,
            serviceLifecycle,
        ]),
    tests("SocketsTests", ["Sockets", nioCore, nioPosix]),
    tests("RedisTests", ["Redis", nioCore, nioPosix]),
    tests(
        "GatewayTests",
        [
            "AgentProtocol", "Authentication", "Certificates", "ChatTemplates", "EngineSimulator", "Fleet", "Gateway",
            "Governance", "HTTPWire", "JSONValues", "KVBlocks", "KVIndex", "KubernetesAPI", "ModelFiles",
            "Observability", "Routing", "SystemFiles", "Tokens", asyncHTTPClient, hummingbird, logging, nioCore,
            nioEmbedded, nioHPACK, nioHTTP2, nioPosix, nioSSL, nioTLS, serviceLifecycle,
        ]),
    tests("GatewayAPITests", ["GatewayAPI", "JSONValues", "KubernetesAPI", "Routing"]),
    tests(
        "RouteCatalogTests",
        [
            "AgentProtocol", "GatewayAPI", "Governance", "JSONValues", "KubernetesAPI", "RouteCatalog", "Routing",
            "ServingAPI",
        ]),
    tests(
        "ReconciliationTests",
        ["KubernetesAPI", "KubernetesClient", "Observability", "Reconciliation", logging, serviceLifecycle]),
    tests(
        "ControllersTests",
        [
            "ClusterKit", "Controllers", "GatewayAPI", "JSONValues", "KubernetesAPI", "KubernetesClient",
            "LocalCluster",
            "Manifests", "Observability", "Placement", "Reconciliation", "Routing", "ServingAPI", logging,
            serviceLifecycle,
        ]),
    tests(
        "SimulationTests",
        [
            "AgentLink", "ClusterKit", "Controllers", "JSONValues", "KubernetesAPI", "KubernetesClient", "Manifests",
            "Observability", "ServingAPI", "SystemFiles", "coordinator", logging, serviceLifecycle,
        ]),
    tests(
        "RouterTests",
        [
            "AgentLink", "AgentProtocol", "Certificates", "ClusterKit", "EngineSimulator", "GatewayAPI", "JSONValues",
            "KubernetesAPI", "KubernetesClient", "Observability", "ServingAPI", "SystemFiles", "coordinator",
            asyncHTTPClient, logging, nioCore, nioHTTP1,
            nioSSL,
            serviceLifecycle,
        ]),
    tests(
        "LocalClusterTests",
        [
            "JSONValues", "KubernetesAPI", "LocalCluster", "Manifests", "Observability", "ServingAPI", asyncHTTPClient,
            hashTreeCollections, hummingbird, logging, nioCore, nioHTTP1, nioSSL, serviceLifecycle,
        ]),
    tests(
        "EngineSimulatorTests",
        [
            "EngineSimulator", "EngineWire", "JSONValues", "Observability", "SystemFiles", asyncHTTPClient, logging,
            nioCore, nioHTTP1, serviceLifecycle,
        ], exclude: ["Fixtures"]),
    tests(
        "ClusterTests",
        [
            "ClusterKit", "JSONValues", "KubernetesAPI", "KubernetesClient", "Manifests", "ServingAPI", "SystemFiles",
            logging,
        ],
        exclude: ["Definitions"]),
    tests("EndToEndTests", ["AgentLink", "JSONValues", "SystemFiles", asyncHTTPClient, nioCore, nioHTTP1, nioPosix]),
]

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet-agent", targets: ["agent"]),
        .executable(name: "martlet-coordinator", targets: ["coordinator"]),
        .executable(name: "martlet", targets: ["martlet"]),
        .executable(name: "container-shim", targets: ["container-shim"]),
        .executable(name: "engine-simulator", targets: ["engine-simulator"]),
        .library(name: "FakeNVML", type: .dynamic, targets: ["FakeNVML"]),
    ],
    dependencies: [
        // Replaces a flag parser and help pages of our own.
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        // Replaces an insertion-ordered map (JSON objects) and a persistent one (the embedded server's objects).
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        // Replaces an HTTP client for the API server and for scrapes (TLS, pools, HTTP/2).
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        // Replaces our own binding of SQLite: migrations, write-ahead log, statement cache.
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        // Replaces an HTTP server for admin ports, the embedded API server and the simulator (not the data path).
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        // Replaces a YAML reader (kubeconfig, manifests, configuration).
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        // Hummingbird's request and response vocabulary.
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        // Replaces a logging front of our own; the line format is Observability's.
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        // SHA-256 of credentials; jwt-kit brings it along.
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        // Replaces reading, verifying and signing of JSON Web Tokens and key sets.
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        // Event loops and sockets of the data path.
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        // Replaces HPACK, the frames and the stream states of HTTP/2 at the gateway; async-http-client brings it along.
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        // TLS on every socket that has it.
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        // Replaces signal handling and ordered start and stop of services.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        // Replaces starting, stopping and reading child processes (programs of `martlet up`, commands in tests).
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        // Paths and descriptors in swift-subprocess's vocabulary.
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    ],
    targets: common + agent + coordinator + test
)
