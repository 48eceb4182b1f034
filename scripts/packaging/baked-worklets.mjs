// The code of the SDK's AudioWorklets, written into the bundle as one text.
//
// A worklet shares no modules with its page, so the SDK hands it code as text, and takes that of a class by `toString`.
// What a page's bundler makes of a class may need functions beside it (private members written for old browsers do),
// which the worklet hasn't got; and what stands in a text no bundler minifies. What is published has both done.
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';

const SOURCE_FUNCTION = /export function workletSource\(\): string \{[\s\S]*?\n\}\n/;

/** What `workletSource` of a module answers, minified, for browsers that have private members and worklets. */
async function workletText(modulePath) {
  const bundle = await rolldown({ input: modulePath, transform: { target: 'es2022' } });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const module = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  const { code, errors } = minifySync('worklet.js', module.workletSource(), { module: true });
  if (errors.length > 0) throw new Error(`${modulePath}: ${errors[0].message}`);
  return code;
}

/** A plugin for the bundler that writes the answer of `workletSource` into it. */
export function bakedWorklets() {
  return {
    name: 'baked-worklets',
    async transform(code, id) {
      if (!SOURCE_FUNCTION.test(code)) return null;
      const text = JSON.stringify(await workletText(id));
      return code.replace(
        SOURCE_FUNCTION,
        () => `export function workletSource(): string {\n  return ${text};\n}\n`,
      );
    },
  };
}
