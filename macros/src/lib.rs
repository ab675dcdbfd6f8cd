//! The attributes of brunt. The attribute's text is checked here and becomes one static `Spec`; what it means at run
//! time is not known here.

use proc_macro::TokenStream;

/// To come.
#[proc_macro_attribute]
pub fn load_test(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// To come.
#[proc_macro_attribute]
pub fn stress(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// To come.
#[proc_macro_attribute]
pub fn resilience(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// To come.
#[proc_macro_attribute]
pub fn target(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// To come.
#[proc_macro_attribute]
pub fn critical(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
