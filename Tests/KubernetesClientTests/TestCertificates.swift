/// Certificates made for these tests and used nowhere else; each signs itself, for the name `api.example`.
enum TestCertificates {
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBrDCCAVGgAwIBAgIUIHXIbPUMWmVUXvJ/j6sad8gIGKwwCgYIKoZIzj0EAwIw
        HjEcMBoGA1UEAwwTbWFydGxldCB0ZXN0IHNlcnZlcjAgFw0yNjExMjExMTI5NTda
        GA8yMTI2MTAyODExMjk1N1owHjEcMBoGA1UEAwwTbWFydGxldCB0ZXN0IHNlcnZl
        cjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMN8YUaMimYzb2K7Wnl7lQVL5+Pk
        wPPSesHb9SDEkfOI0yI5y/1DszxXd2A6ck2LNtc9NHStdwqKc7pQOoJ5Jq6jazBp
        MB0GA1UdDgQWBBSsLf+E0F6Xu5MDRC0Ab+oUm8ZRHTAfBgNVHSMEGDAWgBSsLf+E
        0F6Xu5MDRC0Ab+oUm8ZRHTAPBgNVHRMBAf8EBTADAQH/MBYGA1UdEQQPMA2CC2Fw
        aS5leGFtcGxlMAoGCCqGSM49BAMCA0kAMEYCIQCCQlsW8Oai4Tfo+jkAT02P7BLs
        9AGr4QJChski7Fq9XgIhAOk0lMFn70tvHuW+FbkH265c3CoaEd1EIfkHqqnXgYPj
        -----END CERTIFICATE-----
        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4OyB0BJX3QA5JuXO
        6KqqINHd4sSEM3/1+HCLmzdjF9qhRANCAATDfGFGjIpmM29iu1p5e5UFS+fj5MDz
        0nrB2/UgxJHziNMiOcv9Q7M8V3dgOnJNizbXPTR0rXcKinO6UDqCeSau
        -----END PRIVATE KEY-----
        """

    /// Signed nothing but itself.
    static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBrzCCAVWgAwIBAgIUNvol4YnnJHva/esgXywJQ2pmu+EwCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSbWFydGxldCB0ZXN0IG90aGVyMCAXDTI2MTEyMTExMjIxMloY
        DzIxMjYxMDI4MTEyMjEyWjAdMRswGQYDVQQDDBJtYXJ0bGV0IHRlc3Qgb3RoZXIw
        WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATT2C+n8QSF4BNoicJvm2R3DzRYm8Nj
        xjtHo/9mJpRQYFYAA/RukPdua/lqZ0lFFrJyblljwK2db/YzSHQ+9oeLo3EwbzAd
        BgNVHQ4EFgQUtKLCLF55rB+mjfNptAVn8OZym0YwHwYDVR0jBBgwFoAUtKLCLF55
        rB+mjfNptAVn8OZym0YwDwYDVR0TAQH/BAUwAwEB/zAcBgNVHREEFTAThwR/AAAB
        ggthcGkuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiAgAfek2TL0YJ21TEseDrPR
        rvAN4Bwx2PnMA0MhwAeJjQIhAPNPRI+PzMTw7LrsZ3fcCYQn/W1g1oSjlSi2e3rA
        anHC
        -----END CERTIFICATE-----
        """
}
