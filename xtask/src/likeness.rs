//! A program with its functions in another order: each beside the one that it has most in common
//! with, where Brotli finds it cheaply. Two percent of the page.

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    BinaryReaderError, CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader,
    Parser, Payload, TypeRef,
};

/// A function is described by so many numbers, of which two functions share about as many of a
/// hundred as they share of their code: Broder's MinHash.
const HASHES: usize = 128;

/// Over so many bytes at a time.
const GRAM: usize = 4;

/// The same program in that order, without its custom sections, which are not run.
pub fn in_order(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut order = Order::of(wasm).map_err(|error| error.to_string())?;
    let mut module = Module::new();
    order
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| error.to_string())?;
    Ok(module.finish())
}

/// Which function comes to stand where.
struct Order {
    /// How many are imported: these come first, and stay.
    imported: u32,
    /// The others, counted from 0, in the new order.
    old: Vec<usize>,
    /// The new place of each of those.
    new: Vec<u32>,
}

impl Order {
    fn of(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut imported = 0;
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        let bodies: Vec<&[u8]> = bodies.iter().map(FunctionBody::as_bytes).collect();
        let old = chain(&bodies);
        let mut new = vec![0; old.len()];
        for (place, &old) in (0..).zip(&old) {
            new[old] = place;
        }
        Ok(Self { imported, old, new })
    }
}

/// From the shortest on to what is most like it, and of those to what is nearest in length.
fn chain(bodies: &[&[u8]]) -> Vec<usize> {
    let sketches: Vec<_> = bodies.iter().map(|body| sketch(body)).collect();
    let mut rest: Vec<usize> = (0..bodies.len()).collect();
    rest.sort_by_key(|&function| bodies[function].len());
    let mut order: Vec<usize> = rest.drain(..rest.len().min(1)).collect();
    while let Some(&last) = order.last() {
        let likeness = |&(_, &next): &(usize, &usize)| {
            let pairs = sketches[last].iter().zip(&sketches[next]);
            let shared = pairs.filter(|(one, other)| one == other).count();
            let apart = bodies[last].len().abs_diff(bodies[next].len());
            (shared, std::cmp::Reverse(apart), std::cmp::Reverse(next))
        };
        let Some((at, _)) = rest.iter().enumerate().max_by_key(likeness) else {
            break;
        };
        order.push(rest.swap_remove(at));
    }
    order
}

fn sketch(body: &[u8]) -> [u32; HASHES] {
    let mut least = [u32::MAX; HASHES];
    for gram in body.windows(GRAM) {
        let mut bits = gram
            .iter()
            .fold(0, |bits, &byte| bits << 8 | u64::from(byte));
        for least in &mut least {
            // SplitMix64: each step is another hash of the same bytes.
            bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut hash = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            *least = (*least).min((hash >> 32) as u32);
        }
    }
    least
}

impl Reencode for Order {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        let defined = index.checked_sub(self.imported);
        let new = defined.and_then(|place| self.new.get(place as usize));
        Ok(new.map_or(index, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let types: Vec<u32> = section.into_iter().collect::<Result<_, _>>()?;
        for &old in &self.old {
            functions.function(types[old]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let bodies: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for old in self.old.clone() {
            self.parse_function_body(code, bodies[old].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        ImportSection, RefType, TableSection, TableType, TypeSection, ValType,
    };

    /// Functions that give these numbers, of which the last one calls the first and the imported
    /// one; all are in the table.
    fn program(numbers: &[i64]) -> Vec<u8> {
        let count = numbers.len() as u32;
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I64]);
        let mut imports = ImportSection::new();
        imports.import("a", "b", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &number in numbers {
            functions.function(0);
            let mut body = Function::new([]);
            body.instructions().i64_const(number).end();
            code.function(&body);
        }
        functions.function(0);
        let mut caller = Function::new([]);
        caller.instructions().call(1).call(0).i64_add().end();
        code.function(&caller);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: u64::from(count),
            maximum: None,
            shared: false,
        });
        let mut exports = ExportSection::new();
        exports.export("call", ExportKind::Func, count + 1);
        let mut elements = ElementSection::new();
        let all: Vec<u32> = (1..=count).collect();
        elements.active(
            Some(0),
            &ConstExpr::i32_const(0),
            Elements::Functions(all.into()),
        );
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&tables).section(&exports).section(&elements);
        module.section(&code);
        module.finish()
    }

    #[test]
    fn who_is_called_stays_the_same_wherever_it_stands() {
        // The first and the third have most of their bytes in common.
        let wasm = program(&[0x1111_2222_3333_4444, 7, 0x1111_2222_3333_4445]);
        let sorted = in_order(&wasm).unwrap();
        assert_eq!(sorted.len(), wasm.len());
        let order = Order::of(&wasm).unwrap();
        let mut all = order.old.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3]);
        let place = |old: usize| order.new[old];
        assert_eq!(place(0).abs_diff(place(2)), 1, "{:?}", order.old);
        for payload in Parser::new(0).parse_all(&sorted) {
            match payload.unwrap() {
                Payload::ExportSection(exports) => {
                    let call = exports.into_iter().next().unwrap().unwrap();
                    assert_eq!(call.index, 1 + place(3));
                }
                Payload::ElementSection(elements) => {
                    let all = elements.into_iter().next().unwrap().unwrap();
                    let wasmparser::ElementItems::Functions(all) = all.items else {
                        panic!("functions");
                    };
                    let all: Vec<u32> = all.into_iter().map(Result::unwrap).collect();
                    assert_eq!(all, [1 + place(0), 1 + place(1), 1 + place(2)]);
                }
                _ => {}
            }
        }
        assert_eq!(in_order(&wasm).unwrap(), sorted, "twice the same");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(in_order(b"\0asm").is_err());
        assert!(in_order(&Module::new().finish()).is_ok(), "one of nothing");
    }
}
