//! The parameters of a body: the user, the fixture and the user's state, in this order and each only if it exists. They
//! are recognised by the signature alone.

use crate::types::{bare_type, is_named, is_primitive, shared_reference, type_text};
use brunt_plan::{BodyRole, Kind};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Signature, Type, TypeReference};

/// The name of the type that a resilience test's body takes.
pub(crate) const LAB_TYPE: &str = "Lab";

/// One parameter of a body.
pub(crate) enum Parameter {
    /// `&User` or `&Lab`: the type behind the reference.
    Subject(Type),
    /// `&T` of `setup`: the type of the fixture.
    Fixture(TokenStream),
    /// `&mut S` of `user_setup`: the type of the user's state.
    State(TokenStream),
    /// The size itself, if there is no `setup`.
    Size(Type),
}

/// The kind of test, and the values that its hooks make for the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) kind: Kind,
    pub(crate) setup: bool,
    pub(crate) user_setup: bool,
    pub(crate) sizes: bool,
    pub(crate) cases: bool,
}

/// Reads the body's parameters. Others are mistakes and left out.
pub(crate) fn read_parameters(signature: &Signature, made: Made, mistakes: &mut Vec<syn::Error>) -> Vec<Parameter> {
    let mut taken = Taken { made, subject_named: false, references: 0, parameters: Vec::new() };
    let types: Vec<&Type> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(bare_type(&typed.ty)),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let shared = || types.iter().filter_map(|ty| shared_reference(ty));
    taken.references = shared().count();
    taken.subject_named = shared().any(|inner| taken.is_subject(inner));
    for ty in types {
        if let Err(message) = taken.take(ty) {
            mistakes.push(syn::Error::new_spanned(ty, message));
        }
    }
    taken.parameters
}

/// The parameters read so far, and facts about all of them.
struct Taken {
    made: Made,
    /// Whether a parameter is `&User` by name.
    subject_named: bool,
    /// The number of parameters that are `&`.
    references: usize,
    parameters: Vec<Parameter>,
}

impl Taken {
    fn take(&mut self, ty: &Type) -> Result<(), String> {
        let Type::Reference(reference) = ty else {
            if self.made.sizes && !self.made.setup && !self.has_size() {
                self.parameters.push(Parameter::Size(ty.clone()));
                return Ok(());
            }
            let text = type_text(ty);
            if self.made.cases && !self.made.setup {
                return Err(self.of_cases());
            }
            return Err(format!("the body borrows what it takes: `&{text}`; its parameters are {}", self.order()));
        };
        let inner = bare_type(&reference.elem);
        let parameter = match reference.mutability {
            Some(_) => self.exclusive(reference, inner),
            None => self.shared(reference, inner),
        }?;
        self.parameters.push(parameter);
        Ok(())
    }

    fn shared(&self, reference: &TypeReference, inner: &Type) -> Result<Parameter, String> {
        let text = type_text(inner);
        if self.has_state() {
            return Err(format!("`&{text}` stands behind the `&mut`: the parameters are {}", self.order()));
        }
        if let Some(message) = self.of_value(inner) {
            return Err(message);
        }
        // Under a renamed import the type is not recognised by name, but by its position. The generated code makes the
        // compiler check that it is the user.
        let by_place = !self.subject_named && (!self.made.setup || self.references > 1);
        if by_place && self.parameters.is_empty() && self.is_other_subject(inner) {
            return Err(self.other_subject());
        }
        if self.parameters.is_empty() && (self.is_subject(inner) || by_place) {
            return Ok(Parameter::Subject(inner.clone()));
        }
        if self.is_subject(inner) && !self.has_subject() {
            return Err(format!("`&{text}` comes first: the parameters are {}", self.order()));
        }
        if !self.made.setup && self.made.sizes {
            return Err(format!(
                "nothing makes this `&{text}`: add `setup = f`, where `f(size)` returns it, or take the size itself"
            ));
        }
        if !self.made.setup {
            return Err(format!("nothing makes this `&{text}`: add `setup = f`, where `f()` returns it"));
        }
        if self.has_fixture() && self.made.user_setup {
            return Err(format!(
                "`setup` makes one value, which the body has taken; what `user_setup` makes is the user's own: take it as \
                 `&mut {text}`"
            ));
        }
        if self.has_fixture() {
            return Err(format!("`setup` makes one value, which the body has taken: nothing makes this `&{text}`"));
        }
        owned_type(reference).map(Parameter::Fixture)
    }

    /// The message on how a body gets its case.
    fn of_cases(&self) -> String {
        format!(
            "the values of `cases` go to `setup`: add `setup = f`, where `f(value)` returns what the body takes as `&T`; \
             without one `{}.case()` tells which case it is",
            self.subject().to_lowercase()
        )
    }

    /// The message for a `&T` that is surely not the subject and that something other than `setup` makes.
    fn of_value(&self, inner: &Type) -> Option<String> {
        let text = type_text(inner);
        if self.made.setup || self.is_subject(inner) || self.is_other_subject(inner) {
            return None;
        }
        let is_number = is_primitive(inner) && text != "str";
        if self.made.sizes && is_number {
            return Some(format!("the size is a number of the body's own: take it as `{text}`, not as `&{text}`"));
        }
        // A single parameter may be the user under another name.
        let is_surely_none =
            is_primitive(inner) || self.subject_named || !self.parameters.is_empty() || self.references > 1;
        if self.made.cases && is_surely_none {
            return Some(self.of_cases());
        }
        let is_behind = self.has_subject() || is_primitive(inner);
        (self.made.user_setup && is_behind && !self.has_state())
            .then(|| format!("what `user_setup` makes is the user's own: take it as `&mut {text}`"))
    }

    fn exclusive(&self, reference: &TypeReference, inner: &Type) -> Result<Parameter, String> {
        let text = type_text(inner);
        if self.is_subject(inner) {
            return Err(format!("wanted `&{text}`: it is shared, and nothing in it needs `&mut`"));
        }
        if self.has_state() {
            return Err(format!(
                "`user_setup` makes one value, which the body has taken: nothing makes this `&mut {text}`"
            ));
        }
        if self.made.user_setup {
            return owned_type(reference).map(Parameter::State);
        }
        Err(match (self.made.kind.role(), self.made.setup) {
            (BodyRole::Iteration, true) => format!(
                "what `setup` makes is shared by all users: take it as `&{text}`, or add `user_setup = f`, where \
                 `f(user: &User)` returns each user's own"
            ),
            (BodyRole::Iteration, false) => format!(
                "nothing makes this `&mut {text}`: add `user_setup = f`, where `f(user: &User)` returns each user's own"
            ),
            (BodyRole::Call, true) => format!(
                "what `setup` makes is shared by all callers: take it as `&{text}`, or add `concurrency = 10, \
                 user_setup = f`, where `f(user: &User)` returns each caller's own"
            ),
            (BodyRole::Call, false) => format!(
                "nothing makes this `&mut {text}`: add `concurrency = 10, user_setup = f`, where `f(user: &User)` \
                 returns each caller's own"
            ),
            (BodyRole::Experiment, true) => {
                format!("what `setup` makes is shared by the body and its loads: take it as `&{text}`")
            }
            (BodyRole::Experiment, false) => {
                format!("nothing makes this `&mut {text}`: the parameters are {}", self.order())
            }
        })
    }

    /// The message for the subject of the other kinds of tests.
    fn other_subject(&self) -> String {
        let attribute = self.made.kind.attribute();
        match self.made.kind.role() {
            BodyRole::Iteration | BodyRole::Call => {
                format!("`#[{attribute}]` runs its body as a user, `&User`; a `&Lab` is of `#[resilience]`")
            }
            BodyRole::Experiment => {
                "a resilience test takes `&Lab`; its users are given to the closures of its loads: \
                                 `lab.load(\"name\", 500.per_second(), |user| …)`"
                    .to_owned()
            }
        }
    }

    const fn subject(&self) -> &'static str {
        match self.made.kind.role() {
            BodyRole::Iteration | BodyRole::Call => "User",
            BodyRole::Experiment => "Lab",
        }
    }

    fn is_subject(&self, ty: &Type) -> bool {
        is_named(ty, self.subject())
    }

    /// Whether it is the subject of the other kinds of tests.
    fn is_other_subject(&self, ty: &Type) -> bool {
        is_named(ty, if self.made.kind.is_led_by_body() { "User" } else { LAB_TYPE })
    }

    /// The parameters of a body in their order, for messages.
    const fn order(&self) -> &'static str {
        match self.made.kind.role() {
            BodyRole::Iteration => {
                "`&User`, the `&T` of `setup` and the `&mut S` of `user_setup`, in this order, each where it exists"
            }
            BodyRole::Call => "`&User` and the `&T` of `setup`, in this order, each where it exists",
            BodyRole::Experiment => "`&Lab` and the `&T` of `setup`, in this order, each where it exists",
        }
    }

    fn has_subject(&self) -> bool {
        self.parameters.iter().any(|known| matches!(known, Parameter::Subject(_)))
    }

    fn has_size(&self) -> bool {
        self.parameters.iter().any(|known| matches!(known, Parameter::Size(_)))
    }

    fn has_fixture(&self) -> bool {
        self.parameters.iter().any(|known| matches!(known, Parameter::Fixture(_)))
    }

    fn has_state(&self) -> bool {
        self.parameters.iter().any(|known| matches!(known, Parameter::State(_)))
    }
}

/// The owned type that the body borrows: a `Vec` for a slice, a `String` for a `str`.
fn owned_type(reference: &TypeReference) -> Result<TokenStream, String> {
    let inner = bare_type(&reference.elem);
    let span = proc_macro2::Span::call_site().located_at(inner.span());
    match inner {
        Type::Slice(slice) => {
            let element = &slice.elem;
            Ok(quote_spanned!(span=> ::std::vec::Vec<#element>))
        }
        Type::Path(path) if path.path.is_ident("str") => Ok(quote_spanned!(span=> ::std::string::String)),
        Type::ImplTrait(_) | Type::TraitObject(_) => Err(format!(
            "`&{}` does not say what is made: name the type, such as `&Store` or `&Box<dyn Store>`",
            type_text(inner)
        )),
        _ => Ok(inner.to_token_stream()),
    }
}
