//! Groups: what stands behind an opening bracket.

use super::reader::{Reader, group_name};

impl Reader<'_> {
    fn push_group(&mut self, start: Option<usize>, open: &str) {
        self.out.push_str(open);
        self.modes.push(self.mode);
        self.starts.push(start);
        self.atom = None;
    }

    pub(super) fn open(&mut self, start: usize) -> Result<(), String> {
        if self.next_if('*') {
            let name: String = self.rest.by_ref().take_while(|char| *char != ')').collect();
            if name != "FAIL" {
                return Err("undefined callout name".to_owned());
            }
            self.out.push_str("(?!)");
            self.atom = Some(start);
            return Ok(());
        }
        if !self.next_if('?') {
            self.push_group(Some(start), "(");
            return Ok(());
        }
        let unfinished = || "end pattern in group".to_owned();
        let undefined = || "undefined group option".to_owned();
        match self.rest.next().ok_or_else(unfinished)? {
            ':' => self.push_group(Some(start), "(?:"),
            '>' => self.push_group(Some(start), "(?>"),
            '~' => self.push_group(Some(start), "(?~"),
            '=' => self.push_group(Some(usize::MAX), "(?="),
            '!' => self.push_group(Some(usize::MAX), "(?!"),
            '<' if self.next_if('=') => self.push_group(Some(usize::MAX), "(?<="),
            '<' if self.next_if('!') => self.push_group(Some(usize::MAX), "(?<!"),
            '<' => self.named(start, '>')?,
            '\'' => self.named(start, '\'')?,
            '#' => {
                if !self.rest.by_ref().any(|char| char == ')') {
                    return Err(unfinished());
                }
            }
            '(' => {
                let name: String = self.rest.by_ref().take_while(|char| *char != ')').collect();
                let name = name.trim_matches(['<', '>', '\'']);
                let condition = match name.parse::<usize>() {
                    Ok(number) => number.to_string(),
                    Err(_) => format!("<{}>", group_name(name)?),
                };
                self.push_group(Some(start), &format!("(?({condition})"));
            }
            '&' => {
                let name: String = self.rest.by_ref().take_while(|char| *char != ')').collect();
                self.out.push_str(&format!("\\g<{}>", group_name(&name)?));
                self.atom = Some(start);
            }
            digit if digit.is_ascii_digit() => {
                let more: String = self.rest.by_ref().take_while(|char| *char != ')').collect();
                let number = format!("{digit}{more}");
                let known = number
                    .parse()
                    .is_ok_and(|number| (1..=self.groups).contains(&number));
                if !known {
                    return Err(format!("undefined group <{number}> reference"));
                }
                self.out.push_str(&format!("\\g<{number}>"));
                self.atom = Some(start);
            }
            char if "imsx-".contains(char) => return self.options(start, char),
            _ => return Err(undefined()),
        }
        Ok(())
    }

    fn named(&mut self, start: usize, close: char) -> Result<(), String> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some(char) if char == close => break,
                Some(char) => name.push(char),
                None => return Err(format!("invalid group name <{name}>")),
            }
        }
        let name = group_name(&name)?;
        self.push_group(Some(start), &format!("(?<{name}>"));
        self.names.push(name);
        Ok(())
    }

    fn options(&mut self, start: usize, first: char) -> Result<(), String> {
        let (mut on, mut case) = (true, None);
        let mut mode = self.mode;
        let mut char = first;
        loop {
            match char {
                '-' => on = false,
                'i' => case = Some(on),
                'm' => mode.lines = on,
                's' => mode.dot_all = on,
                'x' => mode.extended = on,
                ')' | ':' => break,
                _ => return Err("undefined group option".to_owned()),
            }
            char = self.rest.next().ok_or("end pattern in group")?;
        }
        let case = match case {
            Some(true) => "i",
            Some(false) => "-i",
            None => "",
        };
        if char == ':' {
            self.push_group(Some(start), &format!("(?{case}:"));
        } else if !case.is_empty() {
            self.out.push_str(&format!("(?{case})"));
            self.atom = None;
        }
        self.mode = mode;
        Ok(())
    }
}
