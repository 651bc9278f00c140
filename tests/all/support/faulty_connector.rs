//! Our own connector with one function broken: a guest that is right in all else.

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, utils};
use wasm_encoder::{
    BlockType, CodeSection, Component, ExportSection, Function, Instruction, MemArg, Module,
};
use wasmparser::{Export, FunctionBody, Parser};

/// How a function is broken. Each suite has its own use of it.
#[allow(dead_code)]
#[derive(Clone, Debug)]
pub enum Fault {
    /// It traps.
    Trap,
    /// It never returns.
    Loop,
    /// It wants more and more memory, and traps when it gets no more.
    Grow,
    /// It returns these bytes of memory, which begin at [`ADDRESS`].
    Return(Vec<u8>),
    /// Of `sign`: it returns the secrets, in pairs, as names and values of headers.
    EchoSecrets,
    /// Of `sign`: it fails, and says the first secret as the reason.
    TellSecret,
    /// Of `sign`: it returns as its signature how often it was called, up to 9.
    Count,
}

/// The bottom of the guest's stack, which no call reaches.
pub const ADDRESS: u32 = 1024;

struct Saboteur<'a> {
    export: &'a str,
    fault: &'a Fault,
    /// The function in the module that is being copied.
    victim: Option<u32>,
    /// The function that frees what the victim returned.
    post: Option<u32>,
    bodies: u32,
    broken: bool,
}

/// The component with the function that the interface exports under this name broken.
pub fn sabotage(component: &[u8], function: &str, fault: &Fault) -> Vec<u8> {
    let export = format!("#{function}");
    let mut saboteur = Saboteur {
        export: &export,
        fault,
        victim: None,
        post: None,
        bodies: 0,
        broken: false,
    };
    let mut copy = Component::new();
    saboteur
        .parse_component(&mut copy, Parser::new(0), component)
        .unwrap();
    assert!(saboteur.broken, "no function {function} was found");
    copy.finish()
}

impl Reencode for Saboteur<'_> {
    type Error = std::convert::Infallible;

    fn parse_core_module(
        &mut self,
        module: &mut Module,
        parser: Parser,
        data: &[u8],
    ) -> Result<(), Error<Self::Error>> {
        // Functions are counted from the first: those of our modules import nothing.
        (self.victim, self.post, self.bodies) = (None, None, 0);
        utils::parse_core_module(self, module, parser, data)
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: Export<'_>,
    ) -> Result<(), Error<Self::Error>> {
        if export.name.ends_with(self.export) {
            let post = export.name.starts_with("cabi_post");
            let place = if post {
                &mut self.post
            } else {
                &mut self.victim
            };
            *place = Some(export.index);
        }
        utils::parse_export(self, exports, export)
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let index = self.bodies;
        self.bodies += 1;
        if self.post == Some(index)
            && matches!(
                self.fault,
                Fault::Return(_) | Fault::EchoSecrets | Fault::TellSecret | Fault::Count
            )
        {
            // What is returned was never allocated.
            code.function(Function::new([]).instruction(&Instruction::End));
            return Ok(());
        }
        if self.victim != Some(index) {
            return utils::parse_function_body(self, code, body);
        }
        self.broken = true;
        let mut function = Function::new([]);
        let forever = |function: &mut Function, body: &[Instruction<'_>]| {
            function.instruction(&Instruction::Loop(BlockType::Empty));
            body.iter()
                .for_each(|instruction| _ = function.instruction(instruction));
            function
                .instruction(&Instruction::Br(0))
                .instruction(&Instruction::End);
        };
        match self.fault {
            Fault::Trap => {}
            Fault::Return(bytes) => {
                write_bytes(&mut function, bytes);
                function
                    .instruction(&Instruction::I32Const(ADDRESS as i32))
                    .instruction(&Instruction::Return);
            }
            Fault::EchoSecrets => {
                // A list of two strings lies in memory as one header does. The third and
                // fourth of the flat parameters are where it begins and its length.
                let at = |offset| MemArg {
                    offset: u64::from(ADDRESS) + offset,
                    align: 2,
                    memory_index: 0,
                };
                for instruction in [
                    Instruction::I32Const(0),
                    Instruction::I32Const(0),
                    Instruction::I32Store(at(0)),
                    Instruction::I32Const(0),
                    Instruction::LocalGet(2),
                    Instruction::I32Store(at(4)),
                    Instruction::I32Const(0),
                    Instruction::LocalGet(3),
                    Instruction::I32Const(1),
                    Instruction::I32ShrU,
                    Instruction::I32Store(at(8)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::Return,
                ] {
                    function.instruction(&instruction);
                }
            }
            Fault::TellSecret => {
                let at = |offset| MemArg {
                    offset,
                    align: 2,
                    memory_index: 0,
                };
                for instruction in [
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::I32Const(1),
                    Instruction::I32Store(at(0)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::I32Const(0),
                    Instruction::I32Store(at(4)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::LocalGet(2),
                    Instruction::I32Load(at(0)),
                    Instruction::I32Store(at(8)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::LocalGet(2),
                    Instruction::I32Load(at(4)),
                    Instruction::I32Store(at(12)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::Return,
                ] {
                    function.instruction(&instruction);
                }
            }
            Fault::Count => {
                // A list of one header, whose texts follow it.
                const NAME: &[u8] = b"x-servo-signature";
                const HEADER: u32 = ADDRESS + 16;
                const TEXT: u32 = HEADER + 16;
                const COUNTED: u32 = ADDRESS + 256;
                let words = [0, HEADER, 1, 0, TEXT, NAME.len() as u32, TEXT + 32, 1];
                let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                bytes.extend_from_slice(NAME);
                write_bytes(&mut function, &bytes);
                let at = |address: u32| MemArg {
                    offset: u64::from(address),
                    align: 0,
                    memory_index: 0,
                };
                for instruction in [
                    Instruction::I32Const(0),
                    Instruction::I32Const(0),
                    Instruction::I32Load8U(at(COUNTED)),
                    Instruction::I32Const(1),
                    Instruction::I32Add,
                    Instruction::I32Store8(at(COUNTED)),
                    Instruction::I32Const(0),
                    Instruction::I32Const(0),
                    Instruction::I32Load8U(at(COUNTED)),
                    Instruction::I32Const(i32::from(b'0')),
                    Instruction::I32Add,
                    Instruction::I32Store8(at(TEXT + 32)),
                    Instruction::I32Const(ADDRESS as i32),
                    Instruction::Return,
                ] {
                    function.instruction(&instruction);
                }
            }
            Fault::Loop => forever(&mut function, &[]),
            Fault::Grow => forever(
                &mut function,
                &[
                    Instruction::I32Const(16),
                    Instruction::MemoryGrow(0),
                    Instruction::I32Const(-1),
                    Instruction::I32Eq,
                    Instruction::If(BlockType::Empty),
                    Instruction::Unreachable,
                    Instruction::End,
                ],
            ),
        }
        function
            .instruction(&Instruction::Unreachable)
            .instruction(&Instruction::End);
        code.function(&function);
        Ok(())
    }
}

/// Writes bytes to memory, from [`ADDRESS`].
fn write_bytes(function: &mut Function, bytes: &[u8]) {
    for (byte, address) in bytes.iter().zip(0..) {
        function
            .instruction(&Instruction::I32Const(address))
            .instruction(&Instruction::I32Const(i32::from(*byte)))
            .instruction(&Instruction::I32Store8(MemArg {
                offset: u64::from(ADDRESS),
                align: 0,
                memory_index: 0,
            }));
    }
}

impl ReencodeComponent for Saboteur<'_> {}
