//! Robot files on disk: includes, and files that mean harm. Nothing may panic, hang, or be read from outside the
//! robot's folder.

use std::{fs, path::Path};

use gpu_ec::{
    kernel::wgsl::{Constants, compose},
    physics::{
        mjcf::{Became, compile, compile_file},
        stepper::{Options, physics_text},
    },
};

const BODY: &str = "<body name='b'><joint name='j'/><geom size='.1' pos='1 0 0'/></body>";

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// What is said about `main.xml` of a folder.
fn refused(folder: &Path) -> String {
    compile_file(&folder.join("main.xml")).expect_err("the robot is refused").to_string()
}

#[test]
fn includes_stand_for_what_they_hold() {
    let split = folder(&[
        (
            "main.xml",
            "<mujoco><include file='parts/options.xml'/><worldbody><body name='a'><freejoint/>\n\
             <include file='./parts/arm.xml'/></body></worldbody>\n<include file='motors.xml'/></mujoco>",
        ),
        ("parts/options.xml", "<mujocoinclude><option timestep='0.01'/><compiler angle='radian'/></mujocoinclude>"),
        ("parts/arm.xml", "<mujoco><geom size='.2'/>\n<include file='hand.xml'/></mujoco>"),
        // Paths are relative to the folder of the first file, not of the one that includes.
        (
            "hand.xml",
            "<mujoco><body name='hand' pos='0 0 1'><joint name='j' range='-1 1'/><geom size='.1'/></body></mujoco>",
        ),
        ("motors.xml", "<mujoco><actuator><motor joint='j'/></actuator></mujoco>"),
    ]);
    let compiled = compile_file(&split.path().join("main.xml")).unwrap_or_else(|error| panic!("{error}"));
    let whole = "<mujoco><option timestep='0.01'/><compiler angle='radian'/><worldbody><body name='a'><freejoint/>\
                 <geom size='.2'/><body name='hand' pos='0 0 1'><joint name='j' range='-1 1'/><geom size='.1'/></body></body>\
                 </worldbody><actuator><motor joint='j'/></actuator></mujoco>";
    assert_eq!(compiled.model, compile("whole.xml", whole).expect("compiles").model, "the parts make the whole");
    let hand = compiled.elements.iter().find(|entry| entry.became == Became::Body(2)).expect("the hand is listed");
    assert!(hand.file.ends_with("hand.xml") && hand.line == 1, "{hand:?}");
}

#[test]
fn errors_name_the_included_file_and_its_line() {
    let split = folder(&[
        (
            "main.xml",
            "<mujoco><default><include file='d.xml'/></default><worldbody><include file='arm.xml'/></worldbody></mujoco>",
        ),
        ("arm.xml", "<mujoco>\n<body><joint/>\n<geom size='.1' rgbx='1'/></body></mujoco>"),
        ("d.xml", "<mujoco>\n\n<joint damping='-1'/></mujoco>"),
    ]);
    let message = refused(split.path());
    assert!(message.contains("d.xml:3:8: <joint> attribute `damping`: -1 is too small"), "{message}");
    fs::write(split.path().join("d.xml"), "<mujoco/>").expect("a file");
    let message = refused(split.path());
    assert!(message.contains("arm.xml:3:17: <geom> attribute `rgbx`: is not supported here"), "{message}");
    fs::write(split.path().join("arm.xml"), "<mujoco>\n<body>\n</mujoco>").expect("a file");
    let message = refused(split.path());
    assert!(message.contains("arm.xml:3:1: <mujoco>: not well-formed XML"), "{message}");
    fs::write(split.path().join("arm.xml"), "<robot/>").expect("a file");
    assert!(
        refused(split.path()).contains("arm.xml:1:1: <robot>: cannot be the root; the root of an included"),
        "a root"
    );
}

#[test]
fn nothing_outside_the_folder_is_read() {
    let outside = folder(&[("secret.xml", "<mujoco/>")]);
    let secret = outside.path().join("secret.xml").display().to_string();
    let inside = |file: &str| format!("<mujoco>\n<include file='{file}'/><worldbody>{BODY}</worldbody></mujoco>");
    let robot = folder(&[("main.xml", &inside("ok.xml")), ("ok.xml", "<mujoco/>"), ("sub/x.xml", "<mujoco/>")]);
    compile_file(&robot.path().join("main.xml")).expect("the robot compiles");
    let said = |text: String| {
        fs::write(robot.path().join("main.xml"), text).expect("a file");
        refused(robot.path())
    };
    for (file, problem) in [
        (secret.as_str(), "names no file inside the robot's folder"),
        ("../secret.xml", "names no file inside the robot's folder"),
        ("sub/../ok.xml", "names no file inside the robot's folder"),
        ("", "names no file inside the robot's folder"),
        ("nowhere.xml", "cannot be read"),
        ("sub", "cannot be read: it is a folder"),
        ("main.xml", "is read already"),
    ] {
        let message = said(inside(file));
        assert!(
            message.contains("main.xml:2:10: <include> attribute `file`") && message.contains(problem),
            "{message}"
        );
    }
    assert!(said("<mujoco><include/></mujoco>".into()).contains("names no file"), "a file is needed");
    assert!(
        said("<mujoco><include prefix='a' file='ok.xml'/></mujoco>".into()).contains("takes only `file`"),
        "no more"
    );
    let twice = said("<mujoco><include file='ok.xml'/><include file='./ok.xml'/></mujoco>".into());
    assert!(twice.contains("can be included once"), "{twice}");
    fs::write(robot.path().join("ok.xml"), inside("back.xml")).expect("a file");
    fs::write(robot.path().join("back.xml"), inside("ok.xml")).expect("a file");
    let cycle = said(inside("ok.xml"));
    assert!(cycle.contains("back.xml:2:10") && cycle.contains("is read already"), "{cycle}");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_no_way_out() {
    let outside = folder(&[("secret.xml", "<mujoco/>")]);
    let robot = folder(&[("main.xml", "<mujoco><include file='link.xml'/></mujoco>")]);
    let link = robot.path().join("link.xml");
    std::os::unix::fs::symlink(outside.path().join("secret.xml"), &link).expect("a link");
    assert!(refused(robot.path()).contains("is a link that leaves the robot's folder"), "a link to a file");
    std::os::unix::fs::symlink(outside.path(), robot.path().join("sub")).expect("a link");
    fs::write(robot.path().join("main.xml"), "<mujoco><include file='sub/secret.xml'/></mujoco>").expect("a file");
    assert!(refused(robot.path()).contains("is a link that leaves the robot's folder"), "a link to a folder");
    let pipe = robot.path().join("main.xml");
    fs::remove_file(&pipe).expect("the file goes");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success(), "a pipe");
    assert!(refused(robot.path()).contains("cannot be read: it is not a file"), "a pipe that nobody writes to");
    // A robot that is itself behind a link is where the link leads, with what lies beside it there.
    let home =
        folder(&[("robot.xml", &format!("<mujoco><include file='o.xml'/><worldbody>{BODY}</worldbody></mujoco>"))]);
    fs::write(home.path().join("o.xml"), "<mujoco/>").expect("a file");
    std::os::unix::fs::symlink(home.path().join("robot.xml"), link.with_file_name("mine.xml")).expect("a link");
    compile_file(&link.with_file_name("mine.xml")).expect("a robot behind a link compiles");
}

#[test]
fn files_that_cannot_be_read_are_said() {
    let empty = folder(&[]);
    let message = refused(empty.path());
    assert!(message.contains("main.xml: cannot be read") && !message.contains(":0:"), "{message}");
    fs::write(empty.path().join("main.xml"), b"<mujoco>\xff</mujoco>").expect("a file");
    assert!(refused(empty.path()).contains("cannot be read: stream did not contain valid UTF-8"), "no text");
    fs::write(empty.path().join("main.xml"), vec![b' '; (16 << 20) + 1]).expect("a file");
    assert!(refused(empty.path()).contains("has more than 16 MiB"), "too long");
    let half = format!("<mujoco>{}</mujoco>", " ".repeat(9 << 20));
    let main = "<mujoco><include file='a.xml'/><include file='b.xml'/></mujoco>";
    let parts = folder(&[("main.xml", main), ("a.xml", &half), ("b.xml", &half)]);
    assert!(refused(parts.path()).contains("all files of a robot together"), "too long together");
    let many: String = (0..70).map(|i| format!("<include file='{i}.xml'/>")).collect();
    let chain = folder(&[("main.xml", &format!("<mujoco>{many}</mujoco>"))]);
    (0..70).for_each(|i| fs::write(chain.path().join(format!("{i}.xml")), "<mujoco/>").expect("a file"));
    assert!(refused(chain.path()).contains("one file too many"), "too many files");
}

/// Includes in includes, each allowed by itself.
#[test]
fn a_chain_of_includes_ends() {
    let chain = folder(&[("main.xml", "<mujoco><include file='0.xml'/></mujoco>")]);
    for i in 0..62 {
        let text = format!("<mujoco><include file='{}.xml'/></mujoco>", i + 1);
        fs::write(chain.path().join(format!("{i}.xml")), text).expect("a file");
    }
    fs::write(chain.path().join("62.xml"), format!("<mujoco><worldbody>{BODY}</worldbody></mujoco>")).expect("a file");
    compile_file(&chain.path().join("main.xml")).expect("63 files are allowed");
}

/// Each is refused within a moment, with little memory.
#[test]
fn texts_out_of_proportion_are_refused() {
    let said = |xml: &str| {
        let started = std::time::Instant::now();
        let message = compile("robot.xml", xml).expect_err("the text is refused").to_string();
        assert!(message.len() < 9000, "the message is {} bytes long", message.len());
        (message, started.elapsed())
    };
    let attributes: String = (0..200_000).map(|i| format!(" a{i}='1'")).collect();
    let elements = "<b/>".repeat(200_000);
    let nested = |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
    let worlds = |inside: String| format!("<mujoco><worldbody>{inside}</worldbody></mujoco>");
    let bodies = |count: usize| format!("<body>{}</body>", "<geom size='.1'/>".repeat(count));
    let long = "x".repeat(1 << 20);
    let cases = [
        (format!("<mujoco{attributes}/>"), "an element has more than 500 attributes"),
        (format!("<mujoco>{elements}</mujoco>"), "more than 100000 elements"),
        (nested("<body>", "</body>", 90_000), "is not the root"),
        (format!("<mujoco>{}</mujoco>", nested("<default>", "</default>", 40_000)), "has no class"),
        (worlds(nested("<body>", "</body>", 40_000)), "100 bodies in each other"),
        (worlds("<body/>".repeat(300)), "256 bodies"),
        (worlds(bodies(1100)), "1024 geoms"),
        (worlds("<body><freejoint/><geom size='.1'/></body>".repeat(6)), "32 degrees of freedom"),
        (
            worlds(
                "<geom type='plane' size='1 1 1'/>".repeat(600)
                    + "<body><freejoint/><geom size='.1'/><geom size='.1'/></body>",
            ),
            "1024 pairs of geoms",
        ),
        (
            format!(
                "<mujoco><default>{}</default></mujoco>",
                (0..300).map(|i| format!("<default class='c{i}'/>")).collect::<String>()
            ),
            "256 classes",
        ),
        (format!("<mujoco><default>{}</default></mujoco>", "<geom/>".repeat(3000)), "2000 entries"),
        (
            worlds(BODY.into())
                .replace("</mujoco>", &format!("<actuator>{}</actuator></mujoco>", "<motor joint='j'/>".repeat(70))),
            "64 motors",
        ),
        (worlds(format!("<body><joint type='{long}'/></body>")), "is outside the supported subset"),
        (worlds(format!("<body><joint axis='{}'/></body>", "1 ".repeat(1 << 20))), "has 1048576 numbers"),
        (worlds(format!("<body><{long}/></body>")), "is not supported here"),
        (worlds(format!("<body><joint {long}='1'/></body>")), "is not supported here"),
        (worlds("<body><joint damping='1e999'/></body>".into()), "is not a finite number"),
        (worlds(format!("<body><joint/><geom size='{}'/></body>", "9".repeat(100_000))), "is not a finite number"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><mujoco>&b;</mujoco>".into(), "not well-formed XML"),
        ("<mujoco>&lol;</mujoco>".into(), "not well-formed XML"),
        (String::new(), "not well-formed XML"),
        ("\0".into(), "not well-formed XML"),
    ];
    for (xml, problem) in cases {
        let (message, time) = said(&xml);
        assert!(message.contains(problem), "{problem}: `{message}`");
        eprintln!("{problem}: {} bytes in {time:?}", xml.len());
    }
}

/// Text of robots with random damage: whatever comes of it, it comes without a panic, and what compiles is valid WGSL
/// or beyond the range of its numbers.
#[test]
fn damaged_robots_do_no_harm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut robots: Vec<String> = vec![];
    for folder in ["assets/robots", "tests/physics/robots"] {
        for entry in fs::read_dir(root.join(folder)).expect("robots") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|end| end == "xml") {
                robots.push(fs::read_to_string(path).expect("a robot"));
            }
        }
    }
    robots.sort();
    let words: Vec<String> =
        robots.iter().flat_map(|text| text.split(['"', '<', ' ', '=']).map(String::from)).collect();
    let (mut random, mut compiled, mut written) = (Random(7), 0, 0);
    let started = std::time::Instant::now();
    let mut runs = 0;
    while runs < RUNS {
        let text = damaged(&robots[random.below(robots.len())], &words, &mut random);
        runs += 1;
        if let Ok(found) = compile("damaged.xml", &text) {
            compiled += 1;
            assert!(
                found.model.body_invweight0.as_flattened().iter().all(|x| x.is_finite()),
                "constants are numbers: {text}"
            );
            if compiled % 50 == 0 {
                match physics_text(&found.model, &Options::of(&found.model)) {
                    Ok(wgsl) if compiled % 500 == 0 => {
                        written += 1;
                        let module = compose("damaged", &wgsl, &Constants::default()).expect("it composes");
                        naga::front::wgsl::parse_str(&module.wgsl).unwrap_or_else(|error| panic!("{error}: {text}"));
                    }
                    Ok(_) => written += 1,
                    Err(error) => assert!(error.to_string().contains("the range of f32"), "{error}: {text}"),
                }
            }
        }
    }
    eprintln!("{runs} texts in {:?}: {compiled} compile, {written} of each fiftieth become WGSL", started.elapsed());
    assert!(compiled > runs / 50 && compiled < runs, "some are harmless, some are not: {compiled}");
    assert!(written > 0, "some become WGSL");
}

/// Texts of the test above; a longer hunt changes this.
const RUNS: usize = 50_000;

/// A small generator (xorshift), so that a failure comes back.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % count.max(1)
    }
}

/// One to four changes: a number, a word, a piece cut, doubled or moved, a byte.
fn damaged(text: &str, words: &[String], random: &mut Random) -> String {
    const NUMBERS: [&str; 14] = [
        "0",
        "-1",
        "1e10",
        "-1e10",
        "1e-300",
        "nan",
        "inf",
        "1e999",
        "0 0 0",
        "1 2 3 4 5 6 7",
        "",
        "0x1",
        "2147483648",
        "1e-9",
    ];
    let mut text = text.to_string();
    for _ in 0..=random.below(3) {
        let at = |random: &mut Random, text: &str| {
            let at = random.below(text.len());
            (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
        };
        let (start, end) = (at(random, &text), at(random, &text));
        let (start, end) = (start.min(end), start.max(end).min(start.min(end) + random.below(300)));
        let end = (start..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(start);
        match random.below(10) {
            0..=5 => {
                // The value of some attribute.
                let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
                let pick = 2 * random.below(quotes.len() / 2);
                let Some([open, close]) = quotes.get(pick..pick + 2).and_then(|pair| <[usize; 2]>::try_from(pair).ok())
                else {
                    continue;
                };
                let value = if random.below(2) == 0 {
                    NUMBERS[random.below(NUMBERS.len())]
                } else {
                    &words[random.below(words.len())]
                };
                text.replace_range(open + 1..close, value);
            }
            6 => text.replace_range(start..end, ""),
            7 => {
                let piece = text[start..end].to_string();
                text.insert_str(start, &piece);
            }
            8 => text.replace_range(start..end, &words[random.below(words.len())]),
            _ => text.replace_range(start..end, ["<", ">", "\"", "/", "=", "&", "\u{0}", "\u{1f600}"][random.below(8)]),
        }
    }
    text
}
