import AgentLink
import Glibc
import Testing

struct CurveKeysTests {
    /// A folder of its own, removed afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/martlet-keys-XXXXXX".utf8CString)
        let path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
        defer {
            for name in ["keys", "other"] { unsafe _ = unlink("\(path)/\(name)") }
            unsafe _ = rmdir(path)
        }
        try body(path)
    }

    private func write(_ text: String, _ path: String, mode: mode_t) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count)
        _ = fchmod(file, mode)
    }

    @Test func `a saved pair loads again and only its owner can read it`() throws {
        try withFolder { folder in
            let keys = try CurveKeys.loadOrGenerate("\(folder)/keys")
            #expect(try CurveKeys.loadOrGenerate("\(folder)/keys") == keys)
            var facts = stat()
            #expect(unsafe stat("\(folder)/keys", &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600)
            #expect(throws: LinkError.self) { try CurveKeys.generate().save("\(folder)/keys") }
            #expect(try CurveKeys.load("\(folder)/keys") == keys)
        }
    }

    @Test func `a file that others can read is refused with the remedy`() throws {
        try withFolder { folder in
            let keys = try CurveKeys.generate()
            let path = "\(folder)/keys"
            try write("public-key \(keys.publicKey)\nsecret-key \(keys.secretKey)\n", path, mode: 0o644)
            #expect(throws: LinkError.exposedKeys(path: path)) { try CurveKeys.load(path) }
            #expect(LinkError.exposedKeys(path: path).description.contains("chmod 600"))
        }
    }

    @Test func `files that hold no pair are refused with a sentence`() throws {
        try withFolder { folder in
            let path = "\(folder)/keys"
            let keys = try CurveKeys.generate()
            let other = try CurveKeys.generate()
            for text in [
                "", "nonsense", "public-key x\nsecret-key y\n", "public-key \(keys.publicKey)\n",
                "public-key \(keys.publicKey)\nsecret-key \(other.secretKey)\n",
            ] {
                try write(text, path, mode: 0o600)
                #expect(throws: LinkError.self, "\(text.count) bytes") { try CurveKeys.load(path) }
            }
            #expect(throws: LinkError.self) { try CurveKeys.load("\(folder)/missing") }
            #expect(throws: LinkError.self) { try CurveKeys.load(folder) }
        }
    }

    @Test func `the secret key does not show`() throws {
        let keys = try CurveKeys.generate()
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!"\(keys)".contains(keys.secretKey))
        #expect(!String(reflecting: keys).contains(keys.secretKey))
        #expect(!dumped.contains(keys.secretKey))
    }

    @Test(arguments: ["", "tcp://", "127.0.0.1:5570", "tcp://host", "tcp://host:port", "ipc:///tmp/x", "tcp://h:70000"])
    func `an endpoint that is none is refused`(_ endpoint: String) throws {
        let harness = try LinkHarness()
        #expect(throws: LinkError.badEndpoint(endpoint)) { try harness.server(Recorder(), endpoint: endpoint) }
        #expect(throws: LinkError.badEndpoint(endpoint)) { try harness.client(endpoint, Holder()) }
    }

    @Test func `a port in use is refused with a sentence`() throws {
        let harness = try LinkHarness()
        let first = try harness.server(Recorder())
        let error = #expect(throws: LinkError.self) { try harness.server(Recorder(), endpoint: first.endpoint) }
        #expect(error?.description.contains("Address already in use") == true)
    }
}
