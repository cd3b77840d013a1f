import{a,b}from"./chunk-TJFO574O.js";import"./chunk-NJZKLZ74.js";import"./chunk-4PWV6PZJ.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
