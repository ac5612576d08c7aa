//! Names for the models of authenticators (AAGUIDs, WebAuthn section 6.5.2). They are what an authenticator says of itself
//! without proof: good for a name in a list, and for nothing else.

/// Who keeps the passkeys of this model; `None` for one that is not among the usual, or does not say.
pub(super) fn name(model: [u8; 16]) -> Option<&'static str> {
    let model = u128::from_be_bytes(model);
    NAMES.iter().find(|(known, _)| *known == model).map(|(_, name)| *name)
}

/// The usual ones, as the community list of passkey providers and the makers of security keys name them.
const NAMES: [(u128, &str); 23] = [
    (0x08987058_cadc_4b81_b6e1_30de50dcbe96, "Windows Hello"),
    (0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9, "Windows Hello"),
    (0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2, "Windows Hello"),
    (0x0ea242b4_43c4_4a1b_8b17_dd6d0b6baec6, "Keeper"),
    (0x2fc0579f_8113_47ea_b116_bb5a8db9202a, "YubiKey"),
    (0x50726f74_6f6e_5061_7373_50726f746f6e, "Proton Pass"),
    (0x531126d6_e717_415c_9320_3d9aa6981239, "Dashlane"),
    (0x53414d53_554e_4700_0000_000000000000, "Samsung Pass"),
    (0x73bb0cd4_e502_49b8_9c6f_b59445bf720b, "YubiKey"),
    (0x771b48fd_d3d4_4f74_9232_fc157ab0507a, "Edge"),
    (0xadce0002_35bc_c60a_648b_0b25f1f05503, "Chrome"),
    (0xb5397666_4885_aa6b_cebf_e52262a439a2, "Chromium"),
    (0xb84e4048_15dc_4dd0_8640_f4f60813c8af, "NordPass"),
    (0xbada5566_a7aa_401f_bd96_45619a55120d, "1Password"),
    (0xc5ef55ff_ad9a_4b9f_b580_adebafe026d0, "YubiKey"),
    (0xcb69481e_8ff7_4039_93ec_0a2729a154a8, "YubiKey"),
    (0xd548826e_79b4_db40_a3d8_11116f7e8349, "Bitwarden"),
    (0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2, "iCloud Keychain"),
    (0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4, "Google Password Manager"),
    (0xee882879_721c_4913_9775_3dfcce97072a, "YubiKey"),
    (0xf3809540_7f14_49c1_a8b3_8f813b225541, "Enpass"),
    (0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd, "Apple Passwords"),
    (0xfdb141b2_5d84_443e_8a35_4698c205a502, "KeePassXC"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_by_who_makes_it_and_one_that_says_nothing_is_not() {
        assert_eq!(name(*b"\xba\xda\x55\x66\xa7\xaa\x40\x1f\xbd\x96\x45\x61\x9a\x55\x12\x0d"), Some("1Password"));
        assert_eq!(name(*b"SAMSUNG\0\0\0\0\0\0\0\0\0"), Some("Samsung Pass"));
        assert_eq!(name([0; 16]), None);
    }
}
