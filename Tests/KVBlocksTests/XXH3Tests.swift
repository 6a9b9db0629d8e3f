import KVBlocks
import Testing

/// Values of xxHash 0.8.4 over the bytes `(i * 131 + (i >> 8) * 7 + 3) & 255`.
struct XXH3Tests {
    struct Row: Sendable {
        var length: Int
        var unseeded: UInt64
        var seeded: UInt64

        init(_ length: Int, _ unseeded: UInt64, _ seeded: UInt64) {
            self.length = length
            self.unseeded = unseeded
            self.seeded = seeded
        }
    }

    static let rows = [
        Row(0, 0x2d06_8005_38d3_94c2, 0xd1f3_e774_4443_0ab9),
        Row(1, 0x13e6_08bc_156d_efed, 0x8ba8_6193_3d16_d569),
        Row(2, 0xa236_3924_c125_99f7, 0x90da_9f45_0ca9_f7c7),
        Row(3, 0x974a_8c6f_a70c_32a8, 0xc7d4_cf5f_82d2_e436),
        Row(4, 0xd53c_28cd_ece5_352d, 0x807f_9018_f126_6aa4),
        Row(5, 0x366a_f0b9_f274_812e, 0xa012_408f_bfe3_e157),
        Row(8, 0xd4d9_e4c4_99eb_d3fc, 0xfb67_5ecc_2dee_deac),
        Row(9, 0xd6fd_e088_7a18_93ca, 0xc0e3_3c39_bbf9_8483),
        Row(15, 0x0568_88f7_11e5_efe9, 0x321d_57bd_10b2_2b65),
        Row(16, 0xca47_3819_3200_d5bf, 0xdde9_52ce_5279_f219),
        Row(17, 0x02ec_6811_3d62_488b, 0xc2d3_57cd_c72e_d1f1),
        Row(31, 0x4871_8c7f_df88_02a0, 0xaed9_aafb_9807_79c1),
        Row(32, 0xd5cb_55f2_bd3a_b281, 0x983e_fc3f_8b67_072b),
        Row(33, 0x177f_c93b_526a_a0a0, 0x5fbc_f2ff_7dbc_a419),
        Row(64, 0x37d7_807c_33e7_4a3c, 0x4379_9a10_e096_6cfc),
        Row(65, 0xff48_cb98_2e5f_cb12, 0xd0c1_53d1_963a_d05d),
        Row(96, 0xef2d_ac28_23b8_855c, 0x57ae_f17c_4b13_d374),
        Row(97, 0x2fcb_41d8_c85c_1417, 0x20df_353e_4002_5947),
        Row(128, 0xa67a_e43a_ec75_8836, 0x8d5c_1d62_5927_4b83),
        Row(129, 0xfb62_8a65_7194_4e54, 0x8481_d32b_fc14_e385),
        Row(143, 0xcb39_4ca9_df38_ceb7, 0x1738_5211_81d0_16ee),
        Row(144, 0xe8e9_7089_0126_61c3, 0x826a_5ae7_69a7_e284),
        Row(160, 0x8a4b_64ed_b4e9_640d, 0xad9f_af06_81e0_27b8),
        Row(192, 0x27e9_1434_e261_9f4f, 0x7699_b1be_fdf4_0425),
        Row(239, 0x411d_cd82_6ea3_fd7d, 0x0f3e_86dd_6d51_d4df),
        Row(240, 0x2408_051b_9d58_0275, 0x4741_bdcf_fdd5_6db5),
        Row(241, 0xef63_0bb6_bb6c_fe02, 0x0e67_1826_794b_a57e),
        Row(255, 0xbcca_707b_c06d_9fe7, 0x7457_9705_82d7_d1c3),
        Row(256, 0x52fe_f522_44b0_c88c, 0x9a0b_c0ba_5c1d_61fc),
        Row(257, 0x80e9_d6d3_c637_bc5c, 0xde28_1f7f_bc0f_7c8f),
        Row(512, 0x9067_c035_e410_c0b4, 0x0202_1cd3_5bf3_1532),
        Row(1023, 0x430b_d3e6_b1d6_f463, 0xd461_3ee0_f61f_3040),
        Row(1024, 0x4670_3f18_d0b7_abc5, 0xe47a_16f6_39db_f8e0),
        Row(1025, 0x178c_11ef_15cb_206e, 0xf72a_5626_ac5d_53c0),
        Row(1088, 0x5ae0_94d2_d2ef_b3db, 0xac6f_8880_b1c3_cbd2),
        Row(2048, 0x3dd2_764e_d338_d910, 0x72ae_a2c3_3bea_6319),
        Row(2100, 0xde76_6f7e_4731_ce0d, 0xfb97_d149_0c98_0026),
    ]

    @Test(arguments: rows) func `equals the reference for every class of length`(_ row: Row) {
        let bytes = (0..<row.length).map { UInt8(truncatingIfNeeded: $0 * 131 + ($0 >> 8) * 7 + 3) }
        #expect(XXH3.hash(bytes, seed: 0) == row.unseeded)
        #expect(XXH3.hash(bytes, seed: 1337) == row.seeded)
    }
}
