// Shell completion, made from the verbs' own definitions: words that can stand at each place.

import type { VerbOutline } from "#cli/verbs.ts";

/** What can follow a path of verbs: `people import` → its options, and the verbs below it. */
interface Place {
  readonly path: string;
  readonly verbs: readonly VerbOutline[];
  readonly options: VerbOutline["options"];
}

function places(program: VerbOutline): Place[] {
  const below = (verb: VerbOutline, path: string): Place[] => [
    { path, verbs: verb.verbs, options: [...verb.options, ...(path === "" ? [] : program.options.filter(isConfig))] },
    ...verb.verbs.flatMap((child) => below(child, path === "" ? child.name : `${path} ${child.name}`)),
  ];
  return below(program, "");
}

const isConfig = (option: VerbOutline["options"][number]): boolean => option.long === "--config";

export function bashCompletion(program: VerbOutline): string {
  const all = places(program);
  const words = all.map(({ path, verbs, options }) => {
    const offered = [...verbs.map(({ name }) => name), ...options.map(({ long }) => long), "--help"];
    return `    "${path}") words="${offered.join(" ")}" ;;`;
  });
  const paths = all.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  return `# bash completion for muster
_muster() {
  local current=\${COMP_WORDS[COMP_CWORD]} path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.join(" | ")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${words.join("\n")}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _muster muster
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** In _arguments, brackets and colons part a description from its option. */
const described = (text: string): string => text.replaceAll(/[[\]]/g, "").replaceAll(":", "\\:");

export function zshCompletion(program: VerbOutline): string {
  const cases = places(program).map(({ path, verbs, options }) => {
    const specs = options.map(({ long, about, takesValue }) =>
      quoted(`${long}[${described(about)}]${takesValue ? ":value:_files" : ""}`),
    );
    const names = verbs.map(({ name, about }) => quoted(`${name}:${about.replaceAll(":", "\\:")}`));
    const offer = names.length > 0 ? `local -a verbs=(${names.join(" ")}); _describe verb verbs; ` : "";
    return `    ${quoted(path)}) ${offer}_arguments ${specs.join(" ")} '--help[show what there is]' '*:file:_files' ;;`;
  });
  const paths = places(program)
    .filter(({ path }) => path !== "")
    .map(({ path }) => quoted(path));
  return `#compdef muster
_muster() {
  local place="" word
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "\${place:+$place }$word" in
      ${paths.join("|")}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
}
_muster "$@"
`;
}

export function fishCompletion(program: VerbOutline): string {
  const lines = places(program).flatMap(({ path, verbs, options }) => {
    const words = path === "" ? [] : path.split(" ");
    const last = words.at(-1);
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const none = verbs.length === 0 ? "" : `not __fish_seen_subcommand_from ${verbs.map(({ name }) => name).join(" ")}`;
    const when = [seen, none].filter((each) => each !== "").join("; and ");
    const head = `complete -c muster${when === "" ? "" : ` -n ${quoted(when)}`}`;
    return [
      ...verbs.map(({ name, about }) => `${head} -f -a ${name} -d ${quoted(about)}`),
      ...options
        .filter((option) => last !== undefined || !isConfig(option))
        .map(
          ({ long, about, takesValue }) =>
            `complete -c muster${seen === "" ? "" : ` -n ${quoted(seen)}`} -l ${long.slice(2)}${takesValue ? " -r" : ""} -d ${quoted(about)}`,
        ),
    ];
  });
  return `# fish completion for muster\n${lines.join("\n")}\n`;
}
