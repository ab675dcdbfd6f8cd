#![allow(clippy::unwrap_used)]
use super::*;
use quote::quote;

fn text(tokens: TokenStream) -> String {
    Text::new(tokens).text
}

fn invisible(tokens: TokenStream) -> TokenTree {
    Group::new(Delimiter::None, tokens).into()
}

#[test]
fn spaces_stand_only_between_words() {
    for (tokens, wanted) in [
        ("users = 100, duration = 30 s", "users=100,duration=30 s"),
        ("stages = [spike: 10 -> 200 over 1min; 5]", "stages=[spike:10->200 over 1min;5]"),
        ("\"GET /cart\" . p95 < 80ms", "\"GET /cart\".p95<80ms"),
        ("p99.9 <= 1.5 s", "p99.9<=1.5 s"),
        ("errors(except \"shed\") < 1 %", "errors(except \"shed\")<1%"),
        ("each(tenant).p95 < 3x baseline.p95", "each(tenant).p95<3x baseline.p95"),
        ("search = capacity(users 10 ..= 10_000)", "search=capacity(users 10..=10_000)"),
        ("setup = crate::a::<u8>", "setup=crate::a::<u8>"),
        ("cases = [a: |x| x + 1, b: { &'static 2 }]", "cases=[a:|x|x+1,b:{&'static 2}]"),
    ] {
        assert_eq!(text(tokens.parse().unwrap()), wanted);
    }
}

#[test]
fn fragments_of_macro_rules_leave_no_trace() {
    let (limit, path) = (invisible(quote!(50 ms)), invisible(quote!(a::b)));
    assert_eq!(text(quote!(p95 < #limit, setup = #path)), "p95<50 ms,setup=a::b");
    let (number, unit) = (invisible(quote!(50)), invisible(quote!(ms)));
    assert_eq!(text(quote!(p95 < #number #unit)), "p95<50 ms");
    let empty = invisible(TokenStream::new());
    assert_eq!(text(quote!(a #empty b)), "a b");
}

#[test]
fn bytes_lead_back_to_their_tokens() {
    let text = Text::new(quote!(users = 10, setup = shared(a::b), cases = [x: f(1, 2)]));
    let range = |part: &str| {
        let start = text.as_str().find(part).unwrap();
        start..start + part.len()
    };
    assert_eq!(text.tokens(&range("a::b")).to_string(), quote!(a::b).to_string());
    assert_eq!(text.tokens(&range("f(1,2)")).to_string(), quote!(f(1, 2)).to_string());
    assert_eq!(text.tokens(&range("shared(a::b)")).to_string(), quote!(shared(a::b)).to_string());
    let items: Vec<_> = text.items().into_iter().map(|range| text.as_str()[range].to_owned()).collect();
    assert_eq!(items, ["users=10", "setup=shared(a::b)", "cases=[x:f(1,2)]"]);
}

#[test]
fn an_invisible_group_stays_whole_where_it_can() {
    let sum = invisible(quote!(1 + 2));
    let text = Text::new(quote!(cases = [x: #sum]));
    let start = text.as_str().find("1+2").unwrap();
    let tokens: Vec<_> = text.tokens(&(start..start + 3)).into_iter().collect();
    assert!(is_invisible(&tokens[0]), "{tokens:?}");
    assert_eq!(text.tokens(&(start..start + 1)).to_string(), "1");
}

#[test]
fn commas_in_an_invisible_group_part_items_too() {
    let both = invisible(quote!(p95 < 1 s, p99 < 2 s));
    assert_eq!(Text::new(quote!(#both)).items().len(), 2);
    assert!(Text::new(TokenStream::new()).items().is_empty());
}
