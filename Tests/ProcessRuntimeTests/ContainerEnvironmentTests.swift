import JSONValues
import KubernetesAPI
import Manifests
import ProcessRuntime
import Testing

struct ContainerEnvironmentTests {
    private static let facts = PodFacts(podIP: "127.64.0.5", startTime: Timestamp(microseconds: 0))

    private static func pod(_ yaml: String) throws -> Pod {
        Pod(KubernetesObject(try Manifest.document(yaml, source: "test")))
    }

    private static let manifest = """
        metadata:
          name: p
          namespace: n
          uid: u-1
          labels: {app: a, "x.y/z": deep}
          annotations: {note: hello}
        spec:
          nodeName: node-1
          containers:
          - name: c
            resources: {limits: {cpu: 1500m, memory: 64Mi}}
        """

    struct Field: Sendable, CustomTestStringConvertible {
        var path: String
        var value: String?
        var testDescription: String { path }
    }

    static let fields = [
        Field(path: "metadata.name", value: "p"), Field(path: "metadata.namespace", value: "n"),
        Field(path: "metadata.uid", value: "u-1"), Field(path: "metadata.labels['x.y/z']", value: "deep"),
        Field(path: "metadata.annotations['note']", value: "hello"),
        Field(path: "metadata.annotations['huawei.com/AscendReal']", value: ""),
        Field(path: "metadata.labels", value: "app=\"a\"\nx.y/z=\"deep\""),
        Field(path: "spec.nodeName", value: "node-1"), Field(path: "spec.serviceAccountName", value: "default"),
        Field(path: "status.podIP", value: "127.64.0.5"), Field(path: "status.podIPs", value: "127.64.0.5"),
        Field(path: "status.hostIP", value: "127.0.0.1"), Field(path: "spec.containers", value: nil),
    ]

    @Test(arguments: fields)
    func `a field of the downward API has its value`(field: Field) throws {
        #expect(PodFields.value(field.path, of: try Self.pod(Self.manifest), Self.facts) == field.value)
    }

    @Test(arguments: [
        ("limits.cpu", "0", "2"), ("limits.cpu", "1m", "1500"), ("requests.cpu", "1", "2"),
        ("limits.memory", "1Mi", "64"), ("limits.memory", "0", "67108864"), ("requests.ephemeral-storage", "1", "0"),
    ])
    func `a resource is rounded up in its divisor`(resource: String, divisor: String, value: String) throws {
        let reference: JSONValue = ["resource": .string(resource), "divisor": .string(divisor)]
        let pod = try Self.pod(Self.manifest)
        #expect(PodFields.resource(reference, of: pod, container: "c", capacity: [:]) == value)
    }

    private static let config = KubernetesObject([
        "metadata": ["name": "settings", "namespace": "n"], "data": ["A": "from map", "B": "two"],
    ])
    private static let secret = KubernetesObject([
        "metadata": ["name": "token", "namespace": "n"], "data": ["key": "czNjcjN0"],
    ])
    private static let objects: FoundObjects = [
        ObjectReference(.configMap, config.key): config, ObjectReference(.secret, secret.key): secret,
    ]

    private static func variables(_ container: String) throws -> [String: String] {
        let environment = ContainerEnvironment(pod: try pod(manifest), facts: facts, objects: objects)
        return try environment.variables(
            of: try Manifest.document(container, source: "test"), base: ["PATH": "/bin"])
    }

    @Test func `later sources win and values see what stands before them`() throws {
        let variables = try Self.variables(
            """
            name: c
            envFrom:
            - {prefix: P_, configMapRef: {name: settings}}
            - configMapRef: {name: settings}
            - secretRef: {name: gone, optional: true}
            env:
            - {name: B, value: "env $(A) $(LATER)"}
            - {name: LATER, value: "$(B)"}
            - {name: SECRET, valueFrom: {secretKeyRef: {name: token, key: key}}}
            - {name: MAYBE, valueFrom: {secretKeyRef: {name: token, key: other, optional: true}}}
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            """)
        #expect(
            variables == [
                "PATH": "/bin", "P_A": "from map", "P_B": "two", "A": "from map", "B": "env from map $(LATER)",
                "LATER": "env from map $(LATER)", "SECRET": "s3cr3t", "IP": "127.64.0.5", "CPUS": "2",
            ])
    }

    @Test(arguments: [
        ("secretKeyRef: {name: absent, key: k}", "secret \"absent\" not found"),
        ("secretKeyRef: {name: token, key: k}", "couldn't find key k in Secret n/token"),
        ("configMapKeyRef: {name: absent, key: k}", "configmap \"absent\" not found"),
        ("fieldRef: {fieldPath: spec.volumes}", "spec.volumes"),
    ])
    func `a reference that leads nowhere stops the start`(source: String, message: String) {
        #expect {
            try Self.variables("{name: c, env: [{name: X, valueFrom: {\(source)}}]}")
        } throws: { error in
            let problem = error as? StartProblem
            return problem?.reason == "CreateContainerConfigError" && problem?.message.contains(message) == true
        }
    }

    @Test func `the references of a container and its pod are found before the start`() throws {
        let pod = try Self.pod(
            """
            metadata: {name: p, namespace: n}
            spec:
              volumes:
              - {name: a, configMap: {name: one}}
              - {name: b, projected: {sources: [{secret: {name: two}}]}}
            """)
        let container = try Manifest.document(
            """
            envFrom: [{secretRef: {name: three}}]
            env: [{name: X, valueFrom: {configMapKeyRef: {name: four, key: k}}}]
            """,
            source: "test")
        let found = Set(ObjectReference.all(in: pod, container: container).map { "\($0.kind.kind) \($0.key)" })
        #expect(found == ["ConfigMap n/one", "Secret n/two", "Secret n/three", "ConfigMap n/four"])
    }
}
