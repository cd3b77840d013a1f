import{a,b}from"./chunk-CLY74XUZ.js";import"./chunk-4MYJ7UFH.js";import"./chunk-QH27WGJL.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
