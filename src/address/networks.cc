// The networks: one line each. Version bytes: each project's chainparams (Bitcoin Core, Litecoin
// Core, Dogecoin Core, Dash Core, Zcash protocol 5.6.1.1, DigiByte Core, Ravencoin Core, Tron
// "account address format", Tezos base58 prefixes, Neo N3 address version). Bech32 prefixes:
// SLIP-173. SS58 numbers: the registry of paritytech/ss58-registry.
#include <algorithm>

#include "address/forms.h"

namespace keystile::address {
namespace {

using namespace std::string_view_literals;

// A Litecoin script hash may also be written with Bitcoin's version 5 ("3…"); that spelling is
// refused, since nothing tells it from a Bitcoin address.
constexpr std::string_view kBitcoinVersions[] = {"\x00"sv, "\x05"sv};
constexpr std::string_view kLitecoinVersions[] = {"\x30"sv, "\x32"sv};
constexpr std::string_view kDogecoinVersions[] = {"\x1e"sv, "\x16"sv};
constexpr std::string_view kDashVersions[] = {"\x4c"sv, "\x10"sv};
constexpr std::string_view kZcashVersions[] = {"\x1c\xb8"sv, "\x1c\xbd"sv};
constexpr std::string_view kDigibyteVersions[] = {"\x1e"sv, "\x3f"sv};
constexpr std::string_view kRavencoinVersions[] = {"\x3c"sv, "\x7a"sv};
constexpr std::string_view kTronVersions[] = {"\x41"sv};
constexpr std::string_view kNeoVersions[] = {"\x35"sv};
constexpr std::string_view kOntologyVersions[] = {"\x17"sv};
// tz1 to tz4.
constexpr std::string_view kTezosVersions[] = {"\x06\xa1\x9f"sv, "\x06\xa1\xa1"sv, "\x06\xa1\xa4"sv,
                                               "\x06\xa1\xa6"sv};

constexpr FormRule kBitcoin{read_bitcoin, "bc", kBitcoinVersions};
constexpr FormRule kBitcoinSv{read_bitcoin, {}, kBitcoinVersions};
constexpr FormRule kLitecoin{read_bitcoin, "ltc", kLitecoinVersions};
constexpr FormRule kDigibyte{read_bitcoin, "dgb", kDigibyteVersions};
constexpr FormRule kDogecoin{read_bitcoin, {}, kDogecoinVersions};
constexpr FormRule kDash{read_bitcoin, {}, kDashVersions};
constexpr FormRule kZcash{read_bitcoin, {}, kZcashVersions, 0, "t"};
constexpr FormRule kRavencoin{read_bitcoin, {}, kRavencoinVersions};
constexpr FormRule kTron{read_bitcoin, {}, kTronVersions, 0, "T"};
constexpr FormRule kNeo{read_bitcoin, {}, kNeoVersions, 0, "N"};
constexpr FormRule kOntology{read_bitcoin, {}, kOntologyVersions, 0, "A"};
constexpr FormRule kTezos{read_bitcoin, {}, kTezosVersions, 0, "tz"};
constexpr FormRule kBitcoinCash{read_cashaddr, "bitcoincash"};
constexpr FormRule kEcash{read_cashaddr, "ecash"};
constexpr FormRule kKaspa{read_kaspa, "kaspa"};

constexpr FormRule kEvm{read_evm, {}, {}, 0, "0x", "Ethereum or a network like it"};
constexpr FormRule kHex32{read_hex32, {}, {}, 0, "0x", "Aptos, Sui or a network like them"};
constexpr FormRule kIcp{read_icp};
constexpr FormRule kSolana{read_solana};
constexpr FormRule kXrp{read_xrp, {}, {}, 0, "r"};
constexpr FormRule kPolkadot{read_ss58, {}, {}, 0, "1"};
constexpr FormRule kKusama{read_ss58, {}, {}, 2};
constexpr FormRule kBittensor{read_ss58, {}, {}, 42, "5"};
constexpr FormRule kAcala{read_ss58, {}, {}, 10};
constexpr FormRule kAstar{read_ss58, {}, {}, 5};
constexpr FormRule kStellar{read_stellar, {}, {}, 0, "G"};
constexpr FormRule kAlgorand{read_algorand};
constexpr FormRule kTon{read_ton};
constexpr FormRule kCardano{read_cardano, "addr"};
constexpr FormRule kNear{read_near};
constexpr FormRule kAntelope{read_antelope};
constexpr FormRule kHedera{read_hedera, {}, {}, 0, "0.0."};

constexpr FormRule cosmos(std::string_view prefix) { return {read_bech32_account, prefix}; }
constexpr FormRule kAkash = cosmos("akash"), kAxelar = cosmos("axelar"), kAtom = cosmos("cosmos"),
                   kCelestia = cosmos("celestia"), kCronosPos = cosmos("cro"),
                   kDydx = cosmos("dydx"), kDymension = cosmos("dym"), kFetch = cosmos("fetch"),
                   kInjective = cosmos("inj"), kKava = cosmos("kava"), kNoble = cosmos("noble"),
                   kOsmosis = cosmos("osmo"), kSecret = cosmos("secret"), kSei = cosmos("sei"),
                   kTerra = cosmos("terra"), kThorchain = cosmos("thor"),
                   kMultiversx = cosmos("erd"), kZilliqa = cosmos("zil");

// Stellar: CAP "memo" of type text or id. Cosmos SDK: x/auth MaxMemoCharacters. Hedera: at most 100
// bytes. TON: one cell of comment. Antelope: eosio.token. Internet Computer: 64 bits.
constexpr MemoRule kTag{MemoNeed::kStated, MemoForm::kNumber32, 10, "destination tag"};
constexpr MemoRule kStellarMemo{MemoNeed::kStated, MemoForm::kText, 28};
constexpr MemoRule kCosmosMemo{MemoNeed::kStated, MemoForm::kText, 256};
constexpr MemoRule kHederaMemo{MemoNeed::kStated, MemoForm::kText, 100};
constexpr MemoRule kTonMemo{MemoNeed::kStated, MemoForm::kText, 120, "comment"};
constexpr MemoRule kAntelopeMemo{MemoNeed::kStated, MemoForm::kText, 256};
constexpr MemoRule kIcpMemo{MemoNeed::kOptional, MemoForm::kNumber64, 20};
constexpr MemoRule kAlgorandNote{MemoNeed::kOptional, MemoForm::kText, 1024, "note"};

// Sorted by name.
constexpr Network kNetworks[] = {
    {"acala", "Acala", &kAcala},
    {"akash", "Akash", &kAkash, kCosmosMemo},
    {"algorand", "Algorand", &kAlgorand, kAlgorandNote},
    {"apechain", "ApeChain", &kEvm},
    {"aptos", "Aptos", &kHex32},
    {"arbitrum", "Arbitrum One", &kEvm},
    {"arbitrum-nova", "Arbitrum Nova", &kEvm},
    {"astar", "Astar", &kAstar},
    {"avalanche", "Avalanche C-Chain", &kEvm},
    {"axelar", "Axelar", &kAxelar, kCosmosMemo},
    {"base", "Base", &kEvm},
    {"berachain", "Berachain", &kEvm},
    {"bitcoin", "Bitcoin", &kBitcoin},
    {"bitcoin-cash", "Bitcoin Cash", &kBitcoinCash},
    {"bitcoin-sv", "Bitcoin SV", &kBitcoinSv},
    {"bittensor", "Bittensor", &kBittensor},
    {"blast", "Blast", &kEvm},
    {"bsc", "BNB Smart Chain", &kEvm},
    {"cardano", "Cardano", &kCardano},
    {"celestia", "Celestia", &kCelestia, kCosmosMemo},
    {"celo", "Celo", &kEvm},
    {"chiliz", "Chiliz Chain", &kEvm},
    {"core", "Core", &kEvm},
    {"cosmos", "Cosmos Hub", &kAtom, kCosmosMemo},
    {"cronos", "Cronos", &kEvm},
    {"cronos-pos", "Cronos POS", &kCronosPos, kCosmosMemo},
    {"dash", "Dash", &kDash},
    {"digibyte", "DigiByte", &kDigibyte},
    {"dogecoin", "Dogecoin", &kDogecoin},
    {"dydx", "dYdX", &kDydx, kCosmosMemo},
    {"dymension", "Dymension", &kDymension, kCosmosMemo},
    {"ecash", "eCash", &kEcash},
    {"eos", "Vaulta (EOS)", &kAntelope, kAntelopeMemo},
    {"ethereum", "Ethereum", &kEvm},
    {"ethereum-classic", "Ethereum Classic", &kEvm},
    {"ethereum-pow", "EthereumPoW", &kEvm},
    {"fantom", "Fantom", &kEvm},
    {"fetch", "Fetch.ai", &kFetch, kCosmosMemo},
    {"flare", "Flare", &kEvm},
    {"gnosis", "Gnosis", &kEvm},
    {"hedera", "Hedera", &kHedera, kHederaMemo},
    {"hyperevm", "HyperEVM", &kEvm},
    {"injective", "Injective", &kInjective, kCosmosMemo},
    {"internet-computer", "Internet Computer", &kIcp, kIcpMemo},
    {"iota", "IOTA", &kHex32},
    {"kaia", "Kaia (Klaytn)", &kEvm},
    {"kaspa", "Kaspa", &kKaspa},
    {"kava", "Kava", &kKava, kCosmosMemo},
    {"kava-evm", "Kava EVM", &kEvm},
    {"kusama", "Kusama", &kKusama},
    {"linea", "Linea", &kEvm},
    {"litecoin", "Litecoin", &kLitecoin},
    {"manta", "Manta Pacific", &kEvm},
    {"mantle", "Mantle", &kEvm},
    {"metis", "Metis", &kEvm},
    {"monad", "Monad", &kEvm},
    {"moonbeam", "Moonbeam", &kEvm},
    {"moonriver", "Moonriver", &kEvm},
    {"movement", "Movement", &kHex32},
    {"multiversx", "MultiversX", &kMultiversx},
    {"near", "NEAR", &kNear},
    {"neo", "Neo N3", &kNeo},
    {"noble", "Noble", &kNoble, kCosmosMemo},
    {"oasys", "Oasys", &kEvm},
    {"ontology", "Ontology", &kOntology},
    {"opbnb", "opBNB", &kEvm},
    {"optimism", "Optimism", &kEvm},
    {"osmosis", "Osmosis", &kOsmosis, kCosmosMemo},
    {"plasma", "Plasma", &kEvm},
    {"polkadot", "Polkadot", &kPolkadot},
    {"polkadot-assets", "Polkadot Asset Hub", &kPolkadot},
    {"polygon", "Polygon", &kEvm},
    {"ravencoin", "Ravencoin", &kRavencoin},
    {"ronin", "Ronin", &kEvm},
    {"scroll", "Scroll", &kEvm},
    {"secret", "Secret", &kSecret, kCosmosMemo},
    {"sei", "Sei", &kSei, kCosmosMemo},
    {"sei-evm", "Sei EVM", &kEvm},
    {"solana", "Solana", &kSolana},
    {"sonic", "Sonic", &kEvm},
    {"stellar", "Stellar", &kStellar, kStellarMemo},
    {"sui", "Sui", &kHex32},
    {"terra", "Terra", &kTerra, kCosmosMemo},
    {"terra-classic", "Terra Classic", &kTerra, kCosmosMemo},
    {"tezos", "Tezos", &kTezos},
    {"theta", "Theta", &kEvm},
    {"thorchain", "THORChain", &kThorchain, kCosmosMemo},
    {"ton", "TON", &kTon, kTonMemo},
    {"tron", "Tron", &kTron},
    {"vechain", "VeChain", &kEvm},
    {"wax", "WAX", &kAntelope, kAntelopeMemo},
    {"world-chain", "World Chain", &kEvm},
    {"xrp", "XRP Ledger", &kXrp, kTag},
    {"zcash", "Zcash", &kZcash},
    {"zilliqa", "Zilliqa", &kZilliqa},
    {"zksync-era", "ZKsync Era", &kEvm},
};

}  // namespace

std::span<const Network> all_networks() { return kNetworks; }

const Network* find_network(std::string_view name) {
  const auto found =
      std::lower_bound(std::begin(kNetworks), std::end(kNetworks), name,
                       [](const Network& n, std::string_view x) { return n.name < x; });
  return found != std::end(kNetworks) && found->name == name ? &*found : nullptr;
}

}  // namespace keystile::address
