//! Our own connector with one function broken: a guest that is right in all else.

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, utils};
use wasm_encoder::{
    BlockType, CodeSection, Component, ExportSection, Function, Instruction, Module,
};
use wasmparser::{Export, FunctionBody, Parser};

/// How a function is broken.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It traps.
    Trap,
    /// It never returns.
    Loop,
    /// It wants more and more memory, and traps when it gets no more.
    Grow,
}

struct Saboteur<'a> {
    export: &'a str,
    fault: Fault,
    /// The function in the module that is being copied.
    victim: Option<u32>,
    bodies: u32,
    broken: bool,
}

/// The component with the function that the interface exports under this name broken.
pub fn sabotage(component: &[u8], function: &str, fault: Fault) -> Vec<u8> {
    let export = format!("#{function}");
    let mut saboteur = Saboteur {
        export: &export,
        fault,
        victim: None,
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
        (self.victim, self.bodies) = (None, 0);
        utils::parse_core_module(self, module, parser, data)
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: Export<'_>,
    ) -> Result<(), Error<Self::Error>> {
        if export.name.ends_with(self.export) && !export.name.starts_with("cabi_post") {
            self.victim = Some(export.index);
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

impl ReencodeComponent for Saboteur<'_> {}
