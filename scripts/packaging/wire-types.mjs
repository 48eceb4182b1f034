// The types that the SDK takes from @prism/protocol, written out in full.
//
// The protocol's types are inferred from schemas of its schema library. Whoever installs the SDK should need neither:
// the compiler says what each type is, and that is what is published.
import { join } from 'node:path';
import ts from 'typescript';

const HEADING =
  '// Written by the pack step from the types of the wires; see docs/reference of Prism.\n';

const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

/** A program of one file that exists in memory alone, in `folder`, from where it imports. */
function programOf(folder, text) {
  const path = join(folder, 'wire-types-probe.ts');
  const disk = ts.createCompilerHost(OPTIONS);
  const host = {
    ...disk,
    fileExists: (name) => name === path || disk.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === path
        ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
        : disk.getSourceFile(name, ...rest),
  };
  const program = ts.createProgram([path], OPTIONS, host);
  return { program, file: program.getSourceFile(path) };
}

/**
 * Declarations of the named types of a module, without any import; throws where one can't be written so.
 * `folder` is where the module is resolved from.
 */
export function writeWireTypes(folder, moduleName, names) {
  const probe = [
    `import type * as wires from '${moduleName}';`,
    // Going through the members one by one leaves no name of another module behind.
    'type Plain<T> = T extends object ? { [Name in keyof T]: Plain<T[Name]> } : T;',
    ...names.map((name) => `export type ${name} = Plain<wires.${name}>;`),
  ].join('\n');
  const { program, file } = programOf(folder, probe);
  const [problem] = program.getSemanticDiagnostics(file);
  if (problem) throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter();
  const declarations = file.statements
    .filter(
      (statement) => ts.isTypeAliasDeclaration(statement) && names.includes(statement.name.text),
    )
    .map((statement) => {
      const flags = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias;
      const type = checker.typeToTypeNode(
        checker.getTypeAtLocation(statement.name),
        undefined,
        flags,
      );
      const text = printer.printNode(ts.EmitHint.Unspecified, type, file);
      return `export type ${statement.name.text} = ${text};\n`;
    });
  const text = HEADING + declarations.join('\n');
  if (/\bimport\(|\bany\b|\bPlain</.test(text)) {
    throw new Error(`The types ${names.join(', ')} of ${moduleName} can't be written out`);
  }
  return text;
}
