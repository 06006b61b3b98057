// react-aria brings its own words in 34 languages; the page is in English.
const otherLanguage = /react-aria(-components)?\/.*\/intl\/.*\/?[a-z]{2}-[A-Z]{2}\.m?js$/;

/**
 * Every other language's words are the English ones.
 * @returns {import("vite").Plugin}
 */
export function englishOnly() {
  return {
    name: "english-only",
    apply: "build",
    load(id) {
      if (!otherLanguage.test(id) || id.includes("en-US")) return null;
      return `export { default } from "./en-US.${id.split(".").at(-1)}";`;
    },
  };
}
