use super::*;

#[test]
fn scratch() {
    for file in std::fs::read_dir("/tmp/e1_try").unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        println!("== {}", path.display());
        for profile in [Profile::Spec, Profile::VersiaServer] {
            for v in check(&text, profile, None).violations {
                println!(
                    "{} {}:{} {} {} {:?} | {} | fix: {} | {}",
                    profile.as_str(),
                    v.line,
                    v.column,
                    v.level.as_str(),
                    v.code.id,
                    v.pointer,
                    v.found,
                    v.fix,
                    v.page
                );
            }
        }
        if let Some(fixed) = fix(&text, None) {
            println!("FIXED {}\n{}", fixed.count, String::from_utf8_lossy(&fixed.text));
        }
    }
}
